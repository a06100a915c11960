//! Which headers go through, either way. What is not listed does not.

use crate::call::Endpoint;
use crate::settings::ProviderKind;
use http::header::{HeaderMap, HeaderName, HeaderValue};

/// The client's headers that go on to a provider: how the name is written (`*` at its end: any that begin so), which
/// kind gets it, and why.
///
/// All others stay here, among them `authorization`, `x-api-key`, `cookie`, `x-forwarded-*`, `x-stainless-*`, `host`,
/// `content-length`, `accept-encoding`, the hop-by-hop ones, `user-agent` (ours is sent), and `openai-organization` and
/// `openai-project` (with the operator's key it is not the client's to choose who is billed). Copilot has no row: with
/// native messages it gets the version, and of the features those it takes. Source: reference gateway-peers.md §4;
/// code.claude.com/docs/en/llm-gateway-protocol.
const FORWARDED: [(&str, ProviderKind, &str); 10] = [
    ("anthropic-version", ProviderKind::Anthropic, "the API's version, byte for byte"),
    ("anthropic-beta", ProviderKind::Anthropic, "features the body may depend on, byte for byte"),
    ("x-claude-code-*", ProviderKind::Anthropic, "session and agent ids of Claude Code"),
    ("idempotency-key", ProviderKind::Anthropic, "the SDKs' guard against doing a thing twice"),
    ("openai-beta", ProviderKind::Openai, "features the body may depend on"),
    ("idempotency-key", ProviderKind::Openai, "the SDKs' guard against doing a thing twice"),
    (
        "x-client-request-id",
        ProviderKind::Openai,
        "the client's own id, kept in the provider's log",
    ),
    ("session-id", ProviderKind::Openai, "Codex: keeps a session on a warm cache"),
    ("session_id", ProviderKind::Openai, "Codex: the same in its older spelling"),
    ("thread-id", ProviderKind::Openai, "Codex: the same for one thread"),
];

/// The provider's headers that go back to the client.
///
/// Never `set-cookie`, anything that names the operator's organisation, lengths and encodings (the body may be another
/// when it arrives), or request ids: those are [`Answer::upstream_request_id`](crate::Answer::upstream_request_id).
const ANSWERED: [&str; 10] = [
    "content-type",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "anthropic-ratelimit-*",
    "x-ratelimit-*",
    "ratelimit-*",
    "openai-processing-ms",
    "openai-version",
    "openai-model",
];

fn fits(pattern: &str, name: &HeaderName) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.as_str().starts_with(prefix),
        None => name.as_str() == pattern,
    }
}

fn only(headers: &HeaderMap, pass: impl Fn(&HeaderName) -> bool) -> HeaderMap {
    headers
        .iter()
        .filter(|(name, _)| pass(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .fold(HeaderMap::new(), |mut passed, (name, value)| {
            passed.append(name, value);
            passed
        })
}

/// Whether a client's header of that name goes on to a provider of some kind.
pub(crate) fn is_forwarded_to_any(name: &HeaderName) -> bool {
    FORWARDED.iter().any(|(pattern, ..)| fits(pattern, name))
}

/// The part of a client's headers that goes on to `endpoint` of a provider of `kind`, each value as it was.
#[must_use]
pub fn forwarded_request_headers(
    kind: ProviderKind,
    endpoint: Endpoint,
    client: &HeaderMap,
) -> HeaderMap {
    let forwarded = |name: &HeaderName| {
        FORWARDED.iter().any(|(pattern, to, _)| *to == kind && fits(pattern, name))
    };
    let mut headers = only(client, forwarded);
    if kind == ProviderKind::Copilot && endpoint == Endpoint::Messages {
        let taken = betas(client).filter(|beta| takes_beta(kind, endpoint, beta));
        let taken: Vec<&str> = taken.collect();
        if let (false, Ok(value)) = (taken.is_empty(), HeaderValue::from_str(&taken.join(","))) {
            headers.insert(ANTHROPIC_BETA, value);
        }
        let version = client.get(ANTHROPIC_VERSION).cloned();
        headers.insert(ANTHROPIC_VERSION, version.unwrap_or(ANTHROPIC_VERSION_DEFAULT));
    }
    headers
}

/// The part of a provider's headers that goes back to the client, each value as it was.
#[must_use]
pub fn allowed_answer_headers(upstream: &HeaderMap) -> HeaderMap {
    only(upstream, |name| ANSWERED.iter().any(|pattern| fits(pattern, name)))
}

/// The features of `anthropic-beta` that Copilot's own messages endpoint takes; others make it refuse the request.
/// Source: reference gateway.md §2.3.
const COPILOT_BETAS: [&str; 3] = [
    "interleaved-thinking-2025-05-14",
    "advanced-tool-use-2025-11-20",
    "context-management-2025-06-27",
];

/// Which of the features in the client's `anthropic-beta` do not go on to `endpoint` of a provider of `kind`: none to
/// Anthropic, which gets every line byte for byte, known to us or not.
pub fn withheld_betas(
    kind: ProviderKind,
    endpoint: Endpoint,
    client: &HeaderMap,
) -> impl Iterator<Item = &str> {
    betas(client).filter(move |beta| !takes_beta(kind, endpoint, beta))
}

fn takes_beta(kind: ProviderKind, endpoint: Endpoint, beta: &str) -> bool {
    match kind {
        ProviderKind::Anthropic | ProviderKind::Offline => true,
        ProviderKind::Copilot => endpoint == Endpoint::Messages && COPILOT_BETAS.contains(&beta),
        ProviderKind::Openai => false,
    }
}

const ANTHROPIC_BETA: HeaderName = HeaderName::from_static("anthropic-beta");

/// The version of Anthropic's API. Copilot's editor sends it with native messages, through Anthropic's own SDK.
const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");

/// What is sent where the client speaks another dialect, as to Anthropic itself.
const ANTHROPIC_VERSION_DEFAULT: HeaderValue = HeaderValue::from_static("2023-06-01");

/// The features that `anthropic-beta` names, over all its lines.
pub(crate) fn betas(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(ANTHROPIC_BETA).into_iter();
    let features = lines.filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(','));
    features.map(str::trim).filter(|feature| !feature.is_empty())
}

/// The provider's own id of the exchange: what its support asks for.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["request-id", "x-request-id", "x-requestid", "cf-ray"]
        .into_iter()
        .find_map(|name| headers.get(name)?.to_str().ok().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const CLIENT: &str = "authorization: Bearer k\nx-api-key: k\ncookie: a=b\nhost: evil\n\
        x-forwarded-for: 1.2.3.4\nx-stainless-lang: js\nuser-agent: claude-cli\naccept-encoding: br\n\
        connection: close\ncontent-length: 5\nanthropic-version: 2023-06-01\n\
        anthropic-beta: a-2025,  b-2026\nanthropic-beta: c\nx-claude-code-session-id: s\n\
        openai-beta: assistants=v2\nopenai-organization: o\nsession-id: s1\nthread-id: t1\nx-app: cli";

    fn map(lines: &str) -> HeaderMap {
        lines.lines().fold(HeaderMap::new(), |mut map, line| {
            let (name, value) = line.split_once(": ").unwrap();
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
            map
        })
    }

    fn check(headers: &HeaderMap, expected: Expect) {
        let lines: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_kind_gets_its_own_headers_and_no_secret() {
        check(
            &forwarded_request_headers(ProviderKind::Anthropic, Endpoint::Messages, &map(CLIENT)),
            expect![[r#"
                anthropic-version: 2023-06-01
                anthropic-beta: a-2025,  b-2026
                anthropic-beta: c
                x-claude-code-session-id: s"#]],
        );
        check(
            &forwarded_request_headers(ProviderKind::Openai, Endpoint::Messages, &map(CLIENT)),
            expect![[r#"
                openai-beta: assistants=v2
                session-id: s1
                thread-id: t1"#]],
        );
        let client = map(
            "anthropic-beta: claude-code-20250219,interleaved-thinking-2025-05-14\nanthropic-version: 2023-06-01",
        );
        check(
            &forwarded_request_headers(ProviderKind::Copilot, Endpoint::Messages, &client),
            expect![[r#"
                anthropic-beta: interleaved-thinking-2025-05-14
                anthropic-version: 2023-06-01"#]],
        );
        let withheld: Vec<_> =
            withheld_betas(ProviderKind::Copilot, Endpoint::Messages, &client).collect();
        assert_eq!(withheld, ["claude-code-20250219"]);
        assert_eq!(withheld_betas(ProviderKind::Anthropic, Endpoint::Messages, &client).count(), 0);
        check(
            &forwarded_request_headers(ProviderKind::Offline, Endpoint::Messages, &map(CLIENT)),
            expect![""],
        );
    }

    #[test]
    fn limits_go_back_and_cookies_do_not() {
        let answer = "content-type: application/json\nset-cookie: a=b\nretry-after: 30\nretry-after-ms: 30000\n\
            x-should-retry: true\nanthropic-ratelimit-unified-status: rejected\nx-ratelimit-limit-tokens: 9\n\
            anthropic-organization-id: org\ncontent-encoding: gzip\ncontent-length: 9\nrequest-id: req_1\n\
            x-goog-api-key: k\nopenai-organization: org";
        let answer = map(answer);
        check(
            &allowed_answer_headers(&answer),
            expect![[r#"
                content-type: application/json
                retry-after: 30
                retry-after-ms: 30000
                x-should-retry: true
                anthropic-ratelimit-unified-status: rejected
                x-ratelimit-limit-tokens: 9"#]],
        );
        assert_eq!(request_id(&answer).as_deref(), Some("req_1"));
    }
}
