//! Whether providers' servers can be reached, and whether this machine's clock agrees with theirs.

use std::time::{Duration, SystemTime};

use http::header::DATE;
use http::{HeaderMap, Method, Uri};
use ironbridge_upstream::{ApiCallError, Catalogue, ProviderKind, ProviderSettings};
use tokio::task::JoinSet;

use super::finding::Finding;
use crate::accounts::api_client;

/// Tokens are renewed this long before they are over: a clock that is further off uses dead ones.
const SKEW_FINE: Duration = Duration::from_secs(60);

/// From here on logins are refused.
const SKEW_MAX: Duration = Duration::from_secs(300);

/// Asks every server of the providers for nothing in particular, without a key.
pub(super) async fn check(providers: &[ProviderSettings]) -> Vec<Finding> {
    let mut asked = JoinSet::new();
    for (index, (provider, url)) in
        providers.iter().flat_map(|p| servers(p).into_iter().map(move |url| (p, url))).enumerate()
    {
        let provider = provider.clone();
        asked.spawn(async move { (index, reach(&provider, &url).await) });
    }
    let mut answered = asked.join_all().await;
    answered.sort_by_key(|(index, _)| *index);
    let skew = answered.iter().find_map(|(_, (_, skew))| skew.clone());
    let mut findings: Vec<Finding> =
        answered.into_iter().map(|(_, (finding, _))| finding).collect();
    findings.extend(skew.map(|(host, skew)| clock(&host, skew)));
    findings
}

/// The servers that a provider's requests and logins go to.
fn servers(provider: &ProviderSettings) -> Vec<Uri> {
    let own = provider.base_url.clone();
    match provider.kind {
        ProviderKind::Offline => Vec::new(),
        ProviderKind::Copilot => {
            // Settings that are not usable are mistakes of the config, reported before.
            let Ok([login, api, models]) = provider.copilot.servers() else { return Vec::new() };
            vec![login, api, own.unwrap_or(models)]
        }
        kind => own.or_else(|| Catalogue::kind(kind).base_url.parse().ok()).into_iter().collect(),
    }
}

/// How far this machine's clock is behind a server's (`true`) or ahead of it.
type Skew = (bool, Duration);

async fn reach(provider: &ProviderSettings, url: &Uri) -> (Finding, Option<(String, Skew)>) {
    let host = url.authority().map_or("", |authority| authority.as_str()).to_owned();
    let name = &provider.name;
    let client = match api_client(provider) {
        Ok(client) => client,
        Err(error) => {
            let what = format!("{name}: {}", error.render().trim_end());
            return (Finding::fail("network", what, "see `ca_file` and --proxy-env"), None);
        }
    };
    let before = SystemTime::now();
    match client.call(Method::HEAD, url, HeaderMap::new(), None).await {
        Ok(answer) => {
            let date = answer.headers.get(DATE).and_then(|date| date.to_str().ok());
            let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
            let skew = date.map(|date| (host.clone(), skew(date, before, SystemTime::now())));
            (Finding::ok("network", format!("{name}: {host} answers")), skew)
        }
        // A redirect is an answer, too.
        Err(ApiCallError::Redirect { .. }) => {
            (Finding::ok("network", format!("{name}: {host} answers")), None)
        }
        Err(error) => {
            let hint = "check the network; behind a proxy use --proxy-env, here and with start";
            (Finding::fail("network", format!("{name}: {error}"), hint), None)
        }
    }
}

/// The difference between a server's date, which has whole seconds, and the time in which it was asked.
fn skew(date: SystemTime, asked: SystemTime, answered: SystemTime) -> Skew {
    let last = date + Duration::from_secs(1);
    if let Ok(behind) = date.duration_since(answered) {
        return (true, behind);
    }
    (false, asked.duration_since(last).unwrap_or_default())
}

fn clock(host: &str, (behind, skew): Skew) -> Finding {
    let seconds = skew.as_secs();
    if skew.is_zero() {
        return Finding::ok("clock", format!("agrees with {host}"));
    }
    let side = if behind { "behind" } else { "ahead of" };
    let what = format!("{seconds} s {side} {host}");
    let hint = "set this machine's clock: tokens are renewed by it";
    match skew {
        skew if skew <= SKEW_FINE => Finding::ok("clock", what),
        skew if skew <= SKEW_MAX => Finding::warn("clock", what, hint),
        _ => Finding::fail("clock", what, hint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_by_what_neither_rounding_nor_the_way_explains() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let check = |date, asked, answered, expected: &str| {
            let found = clock("h", skew(at(date), at(asked), at(answered)));
            assert_eq!(found.in_words().lines().next(), Some(expected));
        };
        check(100, 100, 100, "ok    clock    agrees with h");
        check(100, 101, 101, "ok    clock    agrees with h");
        check(100, 90, 110, "ok    clock    agrees with h");
        check(160, 90, 100, "ok    clock    60 s behind h");
        check(161, 90, 100, "warn  clock    61 s behind h");
        check(100, 402, 402, "fail  clock    301 s ahead of h");
    }
}
