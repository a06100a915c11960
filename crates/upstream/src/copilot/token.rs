//! The short-lived token of requests, and how long it is good for.

use super::github_error::{GithubError, object, server_time};
use super::settings::Addresses;
use crate::api_client::ApiAnswer;
use crate::clock::Moment;
use crate::secret::Secret;
use http::{HeaderValue, Uri};
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A token is believed for at least this long, whatever its figures say: else one that is issued as expired would be
/// fetched anew for every request.
const LIFE_MIN: Duration = Duration::from_secs(60);

/// And for at most this long; GitHub gives half an hour.
const LIFE_MAX: Duration = Duration::from_secs(24 * 3600);

/// How long it is believed where the reply says nothing of it: GitHub's usual `refresh_in`.
const LIFE_UNTOLD: Duration = Duration::from_secs(1500);

/// A token is renewed this long before `refresh_in` is over, as other clients of Copilot do.
const REFRESH_EARLY: Duration = Duration::from_secs(60);

/// Where the reply says only when the token expires, it is due this long before; GitHub's own figures lie so far apart.
const REFRESH_BEFORE_EXPIRY: Duration = Duration::from_secs(300);

/// No token is renewed sooner than this after it came.
const REFRESH_MIN: Duration = Duration::from_secs(60);

/// The token that requests to models are sent with, and where to. `Debug` masks it.
#[derive(Clone, Debug, PartialEq)]
pub struct CopilotToken {
    secret: Secret,
    base_url: Uri,
    ignored_endpoint: Option<String>,
    issued: Moment,
    life: Life,
}

/// Spans since a token was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Life {
    /// It expires after this.
    ends: Duration,
    /// From here on it should be renewed; not after `ends`.
    due: Duration,
}

impl CopilotToken {
    /// The token of a reply to a request made at `asked`.
    pub(super) fn of(
        answer: &ApiAnswer,
        addresses: &Addresses,
        asked: Moment,
    ) -> Result<Self, GithubError> {
        let reply = object(answer)?;
        let secret = reply["token"].as_str().filter(|token| !token.trim().is_empty());
        let secret = secret.ok_or(GithubError::Unreadable { reason: "it holds no `token`" })?;
        if HeaderValue::from_str(secret).is_err() {
            let reason = "its `token` holds characters that a header cannot carry";
            return Err(GithubError::Unreadable { reason });
        }
        let endpoint = reply["endpoints"]["api"].as_str();
        let trusted = endpoint.and_then(|endpoint| addresses.trusted(endpoint));
        let ignored_endpoint = endpoint.filter(|_| trusted.is_none()).map(host_of);
        Ok(CopilotToken {
            secret: Secret::new(secret),
            base_url: trusted.unwrap_or_else(|| addresses.copilot().clone()),
            ignored_endpoint,
            issued: asked,
            life: life(&reply, server_time(answer).unwrap_or(asked.wall)),
        })
    }

    /// The token, for `authorization: Bearer`.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Where its requests go: `endpoints.api` of the reply if tokens may go to that host, else by the account's type.
    #[must_use]
    pub fn base_url(&self) -> &Uri {
        &self.base_url
    }

    /// The host that the reply named and that was not believed, if there was one.
    #[must_use]
    pub fn ignored_endpoint(&self) -> Option<&str> {
        self.ignored_endpoint.as_deref()
    }

    /// When it was asked for.
    #[must_use]
    pub fn issued(&self) -> Moment {
        self.issued
    }

    /// How long it is still good for; zero once it has expired.
    #[must_use]
    pub fn expires_in(&self, now: Moment) -> Duration {
        self.life.ends.saturating_sub(now.since(self.issued))
    }

    pub(super) fn is_expired(&self, now: Moment) -> bool {
        self.expires_in(now).is_zero()
    }

    /// Whether it should be renewed while it still serves.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        now.since(self.issued) >= self.life.due
    }
}

/// The life of a token by its reply: `expires_at` against the server's own clock, so that ours may be wrong, and
/// `refresh_in`, which needs no clock at all. Where they disagree the longer counts: a token that dies sooner than
/// thought costs one 401, one that is thought dead costs an exchange for every request.
fn life(reply: &Value, server_now: SystemTime) -> Life {
    let told =
        |name: &str| reply[name].as_u64().filter(|seconds| *seconds > 0).map(Duration::from_secs);
    let expires_in = told("expires_at").map(|at| {
        UNIX_EPOCH
            .checked_add(at)
            .map_or(LIFE_MAX, |at| at.duration_since(server_now).unwrap_or_default())
    });
    let refresh_in = told("refresh_in");
    let ends = expires_in.max(refresh_in).unwrap_or(LIFE_UNTOLD).clamp(LIFE_MIN, LIFE_MAX);
    let due = match refresh_in {
        Some(refresh_in) => refresh_in.saturating_sub(REFRESH_EARLY),
        None => ends.saturating_sub(REFRESH_BEFORE_EXPIRY),
    };
    Life { ends, due: due.max(REFRESH_MIN).min(ends) }
}

/// The host of what may be anything; nothing else of it is shown.
fn host_of(endpoint: &str) -> String {
    let host = endpoint.parse::<Uri>().ok().and_then(|url| url.host().map(str::to_owned));
    host.unwrap_or_else(|| "(not a URL)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copilot::settings::CopilotSettings;
    use bytes::Bytes;
    use expect_test::{Expect, expect};
    use http::{HeaderMap, StatusCode, header};
    use serde_json::json;
    use std::time::Instant;

    /// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
    const NOW: u64 = 784_111_777;

    fn asked() -> Moment {
        Moment { monotonic: Instant::now(), wall: UNIX_EPOCH + Duration::from_secs(NOW) }
    }

    /// The life of a token, where our clock and the server's agree or the server does not tell its own.
    fn check_life(reply: Value, expected: Expect) {
        let life = life(&reply, asked().wall);
        expected.assert_eq(&format!("due {:?}, ends {:?}", life.due, life.ends));
    }

    #[test]
    fn the_usual_reply_is_renewed_a_minute_early() {
        check_life(
            json!({"expires_at": NOW + 1800, "refresh_in": 1500}),
            expect!["due 1440s, ends 1800s"],
        );
        check_life(json!({"expires_at": NOW + 1800}), expect!["due 1500s, ends 1800s"]);
        check_life(json!({"refresh_in": 1500}), expect!["due 1440s, ends 1500s"]);
        check_life(json!({}), expect!["due 1200s, ends 1500s"]);
    }

    #[test]
    fn no_figures_make_a_storm_or_a_token_for_ever() {
        check_life(
            json!({"expires_at": NOW - 7200, "refresh_in": 1500}),
            expect!["due 1440s, ends 1500s"],
        );
        check_life(json!({"expires_at": NOW - 7200}), expect!["due 60s, ends 60s"]);
        check_life(json!({"expires_at": NOW + 10, "refresh_in": 5}), expect!["due 60s, ends 60s"]);
        check_life(
            json!({"expires_at": u64::MAX, "refresh_in": u64::MAX}),
            expect!["due 86400s, ends 86400s"],
        );
        check_life(json!({"expires_at": NOW + 90, "refresh_in": -3}), expect!["due 60s, ends 90s"]);
        check_life(
            json!({"expires_at": "soon", "refresh_in": "later"}),
            expect!["due 1200s, ends 1500s"],
        );
    }

    fn check(date: Option<&'static str>, reply: Value, expected: Expect) {
        let date = date.map(|date| (header::DATE, HeaderValue::from_static(date)));
        let answer = ApiAnswer {
            status: StatusCode::OK,
            headers: HeaderMap::from_iter(date),
            body: Bytes::from(reply.to_string()),
        };
        let addresses = Addresses::of(&CopilotSettings::default()).unwrap();
        let asked = asked();
        let shown = CopilotToken::of(&answer, &addresses, asked).map_or_else(
            |error| error.to_string(),
            |token| {
                let ignored = token.ignored_endpoint().map(|host| format!(", not {host}"));
                let (ignored, ends) = (ignored.unwrap_or_default(), token.expires_in(asked));
                format!("{} at {}{ignored} for {ends:?}", token.secret(), token.base_url())
            },
        );
        expected.assert_eq(&shown);
    }

    #[test]
    fn the_servers_own_clock_counts_for_its_expiry() {
        let two_hours_behind = Some("Sun, 06 Nov 1994 06:49:37 GMT");
        check(
            two_hours_behind,
            json!({"token": "t", "expires_at": NOW - 7200 + 1800, "refresh_in": 1500}),
            expect!["**** at https://api.githubcopilot.com/ for 1800s"],
        );
        let two_hours_ahead = Some("Sun, 06 Nov 1994 10:49:37 GMT");
        check(
            two_hours_ahead,
            json!({"token": "t", "expires_at": NOW + 7200 + 1800, "refresh_in": 1500}),
            expect!["**** at https://api.githubcopilot.com/ for 1800s"],
        );
    }

    #[test]
    fn a_reply_is_taken_apart() {
        let with =
            |endpoint| json!({"token": "t", "refresh_in": 1500, "endpoints": {"api": endpoint}});
        check(
            None,
            with(json!("https://api.business.githubcopilot.com")),
            expect!["**** at https://api.business.githubcopilot.com/ for 1500s"],
        );
        check(
            None,
            with(json!("https://evil.example/secret")),
            expect!["**** at https://api.githubcopilot.com/, not evil.example for 1500s"],
        );
        check(
            None,
            with(json!("\u{7}")),
            expect!["**** at https://api.githubcopilot.com/, not (not a URL) for 1500s"],
        );
        check(None, with(json!(null)), expect!["**** at https://api.githubcopilot.com/ for 1500s"]);
        check(
            None,
            json!({"token": ""}),
            expect!["GitHub's answer cannot be used: it holds no `token`"],
        );
        check(
            None,
            json!({"token": "a\nb"}),
            expect![
                "GitHub's answer cannot be used: its `token` holds characters that a header cannot carry"
            ],
        );
        check(None, json!([]), expect!["GitHub's answer cannot be used: it is not a JSON object"]);
    }
}
