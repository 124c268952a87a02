"""How claims of proof are worded in English: from a message to sentences, from a sentence to yes or no. Pure."""
