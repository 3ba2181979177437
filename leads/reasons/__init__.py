"""Why: scores, refusals and situations as sentences in Chinese and English."""
