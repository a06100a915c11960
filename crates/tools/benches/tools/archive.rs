//! Archives in and out: zip, tar, tar.gz, tar.zst.
