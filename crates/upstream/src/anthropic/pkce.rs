//! Proof Key for Code Exchange (RFC 7636): who redeems a code proves that he began the login.

use crate::random::{NoRandomness, random_bytes};
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The bytes of randomness in a verifier and in a state: what RFC 7636 §4.1 recommends.
const RANDOM_BYTES: usize = 32;

/// A secret that stays here until the code is redeemed, and its digest, which goes into the URL.
#[derive(Clone, Debug)]
pub(super) struct Pkce {
    pub(super) verifier: Secret,
    /// The verifier's SHA-256: method `S256`.
    pub(super) challenge: String,
}

impl Pkce {
    pub(super) fn new() -> Result<Self, NoRandomness> {
        Ok(Pkce::of(random_text()?))
    }

    fn of(verifier: String) -> Self {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        Pkce { verifier: Secret::new(verifier), challenge }
    }
}

/// 43 characters that nobody can guess, all of them fit for a URL.
pub(super) fn random_text() -> Result<String, NoRandomness> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<RANDOM_BYTES>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let pkce = Pkce::of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert_eq!(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_verifier_is_long_enough_and_used_once() {
        let (one, other) = (Pkce::new().unwrap(), Pkce::new().unwrap());
        assert_eq!(one.verifier.reveal().len(), 43);
        assert_ne!(one.verifier, other.verifier);
    }
}
