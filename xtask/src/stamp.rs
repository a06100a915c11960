//! Stamps: a file that says from which inputs something was installed, so that the next run can
//! leave it alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sha2::{Digest, Sha256};

/// The state of one installation: fresh when the stamp file holds the inputs' digest.
pub(crate) struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// A stamp at `file` over `inputs`, each of which changes the digest, its length included.
    pub(crate) fn new(file: PathBuf, inputs: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for input in inputs {
            hasher.update((input.len() as u64).to_le_bytes());
            hasher.update(input);
        }
        Self { file, digest: hexadecimal(&hasher.finalize()) }
    }

    /// True when the last [`Stamp::write`] saw the same inputs.
    pub(crate) fn is_fresh(&self) -> bool {
        std::fs::read_to_string(&self.file).is_ok_and(|text| text.trim() == self.digest)
    }

    /// Says that the installation is complete.
    pub(crate) fn write(&self) -> Result<()> {
        std::fs::write(&self.file, format!("{}\n", self.digest))?;
        Ok(())
    }
}

/// The SHA-256 of a file as lower-case hexadecimal.
pub(crate) fn sha256_of(file: &Path) -> Result<String> {
    Ok(hexadecimal(&Sha256::digest(std::fs::read(file)?)))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_fresh_only_for_the_inputs_it_was_written_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stamp");
        let stamp = Stamp::new(file.clone(), &[b"lock", b"3.11"]);
        assert!(!stamp.is_fresh());
        stamp.write().unwrap();
        assert!(stamp.is_fresh());
        assert!(!Stamp::new(file.clone(), &[b"lock", b"3.12"]).is_fresh());
        assert!(!Stamp::new(file, &[b"lock3", b".11"]).is_fresh(), "borders between inputs count");
    }

    #[test]
    fn sha256_is_what_sha256sum_prints() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("abc");
        std::fs::write(&file, "abc").unwrap();
        assert_eq!(
            sha256_of(&file).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
