//! What the tests of this binary begin with.

use bytes::Bytes;
use ironbridge_upstream::{
    Call, Endpoint, Provider, ProviderKind, ProviderSettings, Secret, StaticCredentials, Timeouts,
};
use std::sync::Arc;
use std::time::Duration;

/// A key that is long enough to be looked for in bodies.
pub(crate) const KEY: &str = "sk-test-0123456789";

/// Time-outs that no test runs into by chance.
const NEVER: Duration = Duration::from_secs(86_400);

pub(crate) fn settings(kind: ProviderKind, base_url: &str) -> ProviderSettings {
    ProviderSettings {
        base_url: Some(base_url.parse().unwrap()),
        credential: Some(Secret::new(KEY)),
        timeouts: Timeouts { connect: NEVER, headers: NEVER, first_content: NEVER, idle: NEVER },
        ..ProviderSettings::new("up", kind)
    }
}

pub(crate) fn provider(settings: ProviderSettings) -> Arc<Provider> {
    let credentials = StaticCredentials::of(std::slice::from_ref(&settings)).unwrap();
    Arc::new(Provider::new(settings, Arc::new(credentials)).unwrap())
}

pub(crate) fn openai(base_url: &str) -> Arc<Provider> {
    provider(settings(ProviderKind::Openai, &format!("{base_url}/v1")))
}

pub(crate) fn chat() -> Call {
    Call::new(Endpoint::Chat, "m", Bytes::from_static(br#"{"model":"m","messages":[]}"#))
}

pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;
