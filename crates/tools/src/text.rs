//! What is in a file: its encoding, its byte-order mark, its line endings, its hash.
