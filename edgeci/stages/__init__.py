"""One verb a file: records in, records out."""
