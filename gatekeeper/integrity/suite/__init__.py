"""The tests of one tree as they are written: what each of them consists of, rests on, names and asserts."""
