//! What is to be done with an upstream's status: the rules of retry and failover, as pure functions.
//!
//! | Status | Rule |
//! |---|---|
//! | 5xx but 501 (529 among them) | the same provider again, after [`backoff`] or a longer `Retry-After`; another target where that is too long |
//! | 429 | another target; this credential rests for `Retry-After` |
//! | 401, 402, 403 | another target at once |
//! | all else | the client's answer: 400, 404 and 422 would be the same a second time |
//!
//! Source: reference gateway-peers.md §3.

use http::{HeaderMap, StatusCode};
use std::time::{Duration, SystemTime};

/// What is to be done with an answer whose status is known and whose body is not yet read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the client's.
    Deliver,
    /// The same provider may do better, after this long.
    RetrySame {
        /// How long to wait.
        after: Duration,
    },
    /// Only another target may do better.
    TryOther {
        /// How long this credential must be left alone for the model; `None`: this is not about the credential's use.
        cooldown: Option<Duration>,
    },
}

/// The wait before the first retry.
pub const BACKOFF_FIRST: Duration = Duration::from_millis(500);

/// The longest wait before a retry.
pub const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// A `Retry-After` of a 5xx up to this long is waited out; a longer one is the client's to know, if no other target is
/// there.
pub const RETRY_AFTER_WAITED_MAX: Duration = Duration::from_secs(60);

/// How long a credential rests after a 429 that does not say.
pub const COOLDOWN_DEFAULT: Duration = Duration::from_secs(5);

/// The longest rest that is believed; quotas by the day say more, and may be raised meanwhile.
pub const COOLDOWN_MAX: Duration = Duration::from_secs(3600);

/// The rules above. `attempt` counts from 1; `jitter` is between 0 and 1.
#[must_use]
pub fn verdict(
    status: StatusCode,
    headers: &HeaderMap,
    attempt: u32,
    now: SystemTime,
    jitter: f64,
) -> Verdict {
    match status.as_u16() {
        429 => {
            let cooldown = retry_after(headers, now).unwrap_or(COOLDOWN_DEFAULT).min(COOLDOWN_MAX);
            Verdict::TryOther { cooldown: Some(cooldown) }
        }
        401..=403 => Verdict::TryOther { cooldown: None },
        501 => Verdict::Deliver,
        500..=599 => match retry_after(headers, now) {
            Some(wait) if wait > RETRY_AFTER_WAITED_MAX => Verdict::TryOther { cooldown: None },
            wait => {
                Verdict::RetrySame { after: backoff(attempt, jitter).max(wait.unwrap_or_default()) }
            }
        },
        _ => Verdict::Deliver,
    }
}

/// The wait before the next attempt: min(500 ms × 2ⁿ, 5 s) × 0.8 to 1.2, by `jitter` from 0 to 1.
#[must_use]
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(8);
    let wait = (BACKOFF_FIRST * 2_u32.pow(doublings)).min(BACKOFF_MAX);
    wait.mul_f64(0.8 + 0.4 * jitter.clamp(0.0, 1.0))
}

/// What an upstream asks to wait: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    if let Some(milliseconds) = text("retry-after-ms").and_then(number) {
        return Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
    let value = text("retry-after")?;
    match number(value) {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        None => {
            let date = httpdate::parse_http_date(value).ok()?;
            Some(date.duration_since(now).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use http::HeaderValue;

    /// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
    const NOW: u64 = 784_111_777;

    fn check(cases: &[(u16, &'static str)], expected: Expect) {
        let lines: Vec<String> = cases
            .iter()
            .map(|(status, header)| {
                let mut headers = HeaderMap::new();
                if let Some((name, value)) = header.split_once(": ") {
                    headers.insert(name, HeaderValue::from_static(value));
                }
                let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
                let verdict =
                    verdict(StatusCode::from_u16(*status).unwrap(), &headers, 1, now, 0.5);
                format!("{status} {header}: {verdict:?}")
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn each_status_has_its_rule() {
        check(
            &[
                (200, ""),
                (400, ""),
                (401, ""),
                (402, ""),
                (403, ""),
                (404, ""),
                (408, ""),
                (413, ""),
                (422, ""),
                (429, ""),
                (429, "retry-after: 30"),
                (429, "retry-after: 0.5"),
                (429, "retry-after-ms: 1500"),
                (429, "retry-after: Sun, 06 Nov 1994 08:50:07 GMT"),
                (429, "retry-after: Sun, 06 Nov 1994 08:00:00 GMT"),
                (429, "retry-after: 999999"),
                (429, "retry-after: -1"),
                (429, "retry-after: soon"),
                (500, ""),
                (501, ""),
                (503, "retry-after: 3"),
                (503, "retry-after: 600"),
                (529, ""),
            ],
            expect![[r#"
                200 : Deliver
                400 : Deliver
                401 : TryOther { cooldown: None }
                402 : TryOther { cooldown: None }
                403 : TryOther { cooldown: None }
                404 : Deliver
                408 : Deliver
                413 : Deliver
                422 : Deliver
                429 : TryOther { cooldown: Some(5s) }
                429 retry-after: 30: TryOther { cooldown: Some(30s) }
                429 retry-after: 0.5: TryOther { cooldown: Some(500ms) }
                429 retry-after-ms: 1500: TryOther { cooldown: Some(1.5s) }
                429 retry-after: Sun, 06 Nov 1994 08:50:07 GMT: TryOther { cooldown: Some(30s) }
                429 retry-after: Sun, 06 Nov 1994 08:00:00 GMT: TryOther { cooldown: Some(0ns) }
                429 retry-after: 999999: TryOther { cooldown: Some(3600s) }
                429 retry-after: -1: TryOther { cooldown: Some(5s) }
                429 retry-after: soon: TryOther { cooldown: Some(5s) }
                500 : RetrySame { after: 500ms }
                501 : Deliver
                503 retry-after: 3: RetrySame { after: 3s }
                503 retry-after: 600: TryOther { cooldown: None }
                529 : RetrySame { after: 500ms }"#]],
        );
    }

    #[test]
    fn the_wait_doubles_up_to_its_limit_and_varies_by_a_fifth() {
        let waits: Vec<_> = (1..=6).map(|attempt| backoff(attempt, 0.5).as_millis()).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 5000, 5000]);
        assert_eq!(backoff(1, 0.0).as_millis(), 400);
        assert_eq!(backoff(u32::MAX, 1.0).as_millis(), 6000);
    }
}
