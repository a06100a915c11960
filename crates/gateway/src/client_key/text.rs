//! The text of a key: made, read, and known again by its hash.

use ironbridge_upstream::{NoRandomness, Secret, random_bytes};
use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// What the text of every key begins with, for people and for scanners of leaked secrets.
const PREFIX: &str = "ib_";

/// The random bytes of a public id: enough that a store with a million keys rarely draws one twice.
const ID_BYTES: usize = 6;

/// The random bytes of a secret: nothing to be guessed, so that a fast hash keeps it well.
const SECRET_BYTES: usize = 32;

/// A key that was just made; the only moment at which its text is known.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Its public id: 12 hexadecimal digits.
    pub id: String,
    /// The whole text, to be shown once.
    pub text: Secret,
    /// What is kept of its secret.
    pub hash: SecretHash,
}

impl NewKey {
    /// Draws a new key.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, NoRandomness> {
        Self::generate_for(hex(&random_bytes::<ID_BYTES>()?))
    }

    /// Draws a new secret for the key of that id.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate_for(id: String) -> Result<Self, NoRandomness> {
        let secret = hex(&random_bytes::<SECRET_BYTES>()?);
        let text = Secret::new(format!("{PREFIX}{id}_{secret}"));
        Ok(NewKey { id, text, hash: SecretHash::of(&secret) })
    }
}

/// The SHA-256 of a key's secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    fn of(secret: &str) -> Self {
        SecretHash(Sha256::digest(secret.as_bytes()).into())
    }

    /// Reads the form that `Display` writes: 64 hexadecimal digits.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if !is_hex(text, 32) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(SecretHash(bytes))
    }
}

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for SecretHash {
    /// No secret itself, but nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

/// The text of a key as a client sent it.
#[derive(Clone, Copy)]
pub(crate) struct PresentedKey<'a> {
    /// Its public id.
    pub(crate) id: &'a str,
    secret: &'a str,
}

impl<'a> PresentedKey<'a> {
    /// Reads a text; `None`: it is no key of ours. It allocates nothing, and looks at no more than a key's length.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_at_checked(2 * ID_BYTES)?;
        let secret = secret.strip_prefix('_')?;
        (is_hex(id, ID_BYTES) && is_hex(secret, SECRET_BYTES))
            .then_some(PresentedKey { id, secret })
    }

    /// Whether its secret is one of those that `kept` are of, in a time that tells nothing of them; where there is no
    /// such key, that takes as long.
    pub(crate) fn matches(&self, kept: [Option<SecretHash>; 2]) -> bool {
        let given = SecretHash::of(self.secret);
        let is = |kept: Option<SecretHash>| {
            // No text is known whose SHA-256 this is, and `is_some` is asked besides.
            let wanted = kept.unwrap_or(SecretHash([0; 32]));
            bool::from(given.0.ct_eq(&wanted.0)) & kept.is_some()
        };
        kept.map(is).into_iter().fold(false, |any, one| any | one)
    }
}

/// Whether a text was meant as a key of ours, well formed or not.
pub(crate) fn looks_like_key(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Whether `text` is `bytes` bytes as [`hex`] writes them.
fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        use fmt::Write as _;
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{NewKey, PresentedKey, SecretHash};

    #[test]
    fn a_new_key_is_known_again_by_its_hash() {
        let (key, other) =
            (NewKey::generate().expect("random"), NewKey::generate().expect("random"));
        let presented = PresentedKey::read(key.text.reveal()).expect("a key");
        assert_eq!(presented.id, key.id);
        assert!(presented.matches([Some(key.hash), None]));
        assert!(!presented.matches([Some(other.hash), None]));
        assert!(presented.matches([Some(other.hash), Some(key.hash)]));
        assert!(!presented.matches([None, None]));
        assert_eq!(SecretHash::read(&key.hash.to_string()), Some(key.hash));
        assert_ne!((&key.id, key.hash), (&other.id, other.hash));
    }

    #[test]
    fn what_is_shown_of_a_key_is_no_secret() {
        let key = NewKey::generate().expect("random");
        let secret = key.text.reveal().rsplit('_').next().expect("a secret").to_owned();
        let shown = format!("{key:?}");
        assert!(!shown.contains(&secret) && !shown.contains(&key.hash.to_string()), "{shown}");
    }

    #[test]
    fn only_the_whole_form_is_a_key() {
        let id = "0123456789ab";
        let secret = "0123456789abcdef".repeat(4);
        let whole = format!("ib_{id}_{secret}");
        assert!(PresentedKey::read(&whole).is_some());
        for text in [
            String::new(),
            "ib_".to_owned(),
            format!("ib_{id}"),
            format!("ib_{id}_"),
            format!("ib-{id}_{secret}"),
            format!("IB_{id}_{secret}"),
            format!("ib_{id}-{secret}"),
            format!("ib_0123456789AB_{secret}"),
            format!("ib_0123456789é_{secret}"),
            format!("ib_0123456789aé_{secret}"),
            format!("{whole}0"),
            format!("{whole} "),
            whole[..whole.len() - 1].to_owned(),
            "ib_".repeat(100_000),
        ] {
            assert!(PresentedKey::read(&text).is_none(), "{text:.100}");
        }
        assert_eq!(SecretHash::read("0"), None);
        assert_eq!(SecretHash::read(&"g".repeat(64)), None);
    }
}
