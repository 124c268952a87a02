"""The only door to subprocesses: argv tuple, scrubbed environment, mandatory timeout, capped output, peak memory."""
