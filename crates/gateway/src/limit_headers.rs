//! How our rate limits stand, in the headers of each dialect.
//!
//! Sources: platform.openai.com/docs/guides/rate-limits (`x-ratelimit-*`, resets as `6m0s`),
//! docs.anthropic.com/en/api/rate-limits (`anthropic-ratelimit-*`, resets in RFC 3339).

use http::{HeaderMap, HeaderName, HeaderValue};
use ironbridge_limit::{PerUnit, Standing};
use ironbridge_wire::Dialect;
use ironbridge_wire::date::date_of;
use std::time::{Duration, SystemTime};

/// Writes how the limits stand.
pub(crate) fn write(
    headers: &mut HeaderMap,
    dialect: Dialect,
    standing: &PerUnit<Option<Standing>>,
) {
    for (unit, standing) in [("requests", standing.requests), ("tokens", standing.tokens)] {
        let Some(standing) = standing else { continue };
        let values = [
            ("limit", standing.limit.to_string()),
            ("remaining", standing.remaining.to_string()),
            ("reset", reset(dialect, standing.reset, SystemTime::now())),
        ];
        for (what, value) in values {
            let name = match dialect {
                Dialect::Messages => format!("anthropic-ratelimit-{unit}-{what}"),
                Dialect::Chat | Dialect::Responses => format!("x-ratelimit-{what}-{unit}"),
            };
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
    }
}

/// When a limit is as if it had not been used.
fn reset(dialect: Dialect, after: Duration, now: SystemTime) -> String {
    match dialect {
        Dialect::Messages => {
            let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            date_of(ironbridge_upstream::seconds_up(since.saturating_add(after)))
        }
        Dialect::Chat | Dialect::Responses => {
            let (minutes, seconds) = (after.as_secs() / 60, after.as_secs() % 60);
            let millis = after.subsec_millis();
            match (minutes, seconds) {
                (0, 0) => format!("{millis}ms"),
                (0, seconds) if millis > 0 => format!("{seconds}.{millis:03}s"),
                (0, seconds) => format!("{seconds}s"),
                (minutes, seconds) => format!("{minutes}m{seconds}s"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[expect(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")]
    fn check(dialect: Dialect, expected: Expect) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_225_600_500);
        let resets = [0, 120, 1_000, 6_500, 360_000]
            .map(|millis| reset(dialect, Duration::from_millis(millis), now));
        expected.assert_eq(&resets.join(" "));
    }

    #[test]
    fn resets_have_the_form_of_the_dialect() {
        check(Dialect::Chat, expect!["0ms 120ms 1s 6.500s 6m0s"]);
        check(
            Dialect::Messages,
            expect![[
                r#"2026-01-01T00:00:01Z 2026-01-01T00:00:01Z 2026-01-01T00:00:02Z 2026-01-01T00:00:07Z 2026-01-01T00:06:01Z"#
            ]],
        );
    }

    #[test]
    fn each_dialect_has_its_names() {
        let standing = Standing { limit: 60, remaining: 3, reset: Duration::from_secs(57) };
        let standing = PerUnit { requests: Some(standing), tokens: None };
        let names = |dialect| {
            let mut headers = HeaderMap::new();
            write(&mut headers, dialect, &standing);
            let mut names: Vec<String> = headers.keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(
            names(Dialect::Responses),
            [
                "x-ratelimit-limit-requests",
                "x-ratelimit-remaining-requests",
                "x-ratelimit-reset-requests"
            ]
        );
        assert_eq!(
            names(Dialect::Messages),
            [
                "anthropic-ratelimit-requests-limit",
                "anthropic-ratelimit-requests-remaining",
                "anthropic-ratelimit-requests-reset"
            ]
        );
    }
}
