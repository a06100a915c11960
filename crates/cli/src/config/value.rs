//! The forms in which values are written: durations, sizes, addresses, URLs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::Uri;
use ironbridge_gateway::PROJECT_CHARS_MAX;

/// Why a value is not taken, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Completes the sentence "`key` …".
    pub(crate) message: String,
    /// What to write instead.
    pub(crate) hint: Option<String>,
}

impl Wrong {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Wrong { message: message.into(), hint: None }
    }

    pub(crate) fn hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Wrong { message: message.into(), hint: Some(hint.into()) }
    }
}

/// The units of time, in milliseconds.
const TIME_UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// The units of size, in bytes.
const SIZE_UNITS: [(&str, u64); 4] =
    [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// Reads a whole number followed by a unit: the one form of durations (`"90s"`, `"10m"`).
pub(crate) fn duration(text: &str, min: Duration, max: Duration) -> Result<Duration, Wrong> {
    let units = "a duration is a whole number with ms, s, m, h or d: \"90s\", \"10m\"";
    let millis = with_unit(text, &TIME_UNITS)
        .ok_or_else(|| Wrong::hint(format!("is not a duration: \"{text}\""), units))?;
    let duration = Duration::from_millis(millis);
    if duration < min || duration > max {
        return Err(Wrong::new(format!(
            "must be from {} to {}, not {text}",
            show_duration(min),
            show_duration(max)
        )));
    }
    Ok(duration)
}

/// Reads a whole number followed by a unit: the one form of sizes (`"64MiB"`).
pub(crate) fn size(text: &str, min: u64, max: u64) -> Result<u64, Wrong> {
    let units = "a size is a whole number with B, KiB, MiB or GiB: \"64MiB\"";
    let bytes = with_unit(text, &SIZE_UNITS)
        .ok_or_else(|| Wrong::hint(format!("is not a size: \"{text}\""), units))?;
    if bytes < min || bytes > max {
        return Err(Wrong::new(format!(
            "must be from {} to {}, not {text}",
            show_size(min),
            show_size(max)
        )));
    }
    Ok(bytes)
}

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let factor = units.iter().find(|(name, _)| *name == unit.trim_start())?.1;
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// The form that [`duration`] reads, in the largest unit that divides it.
pub(crate) fn show_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 { "0s".to_owned() } else { in_largest_unit(millis, &TIME_UNITS) }
}

/// The form that [`size`] reads, in the largest unit that divides it.
pub(crate) fn show_size(bytes: u64) -> String {
    in_largest_unit(bytes, &SIZE_UNITS)
}

fn in_largest_unit(number: u64, units: &[(&str, u64)]) -> String {
    let (name, factor) =
        units.iter().rev().find(|(_, factor)| number.is_multiple_of(*factor)).unwrap_or(&units[0]);
    format!("{}{name}", number / factor)
}

/// Reads an IP address; `localhost` is 127.0.0.1.
pub(crate) fn ip(text: &str) -> Result<IpAddr, Wrong> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    text.trim_start_matches('[').trim_end_matches(']').parse().map_err(|_| {
        Wrong::hint(
            format!("is not an IP address: \"{text}\""),
            "127.0.0.1 serves this machine only, 0.0.0.0 every interface",
        )
    })
}

/// Reads `IP:PORT`; `localhost` is 127.0.0.1.
pub(crate) fn address(text: &str) -> Result<SocketAddr, Wrong> {
    let wrong = || {
        Wrong::hint(
            format!("is not an address: \"{text}\""),
            "an address is IP:PORT: \"127.0.0.1:4141\"",
        )
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port = port.parse().map_err(|_| wrong())?;
    Ok(SocketAddr::new(ip(host).map_err(|_| wrong())?, port))
}

/// Reads the URL of a server: scheme and host, at most a path.
pub(crate) fn url(text: &str) -> Result<Uri, Wrong> {
    // The text itself may hold a password, so that no message repeats it.
    let example = "a URL such as \"https://api.example.com/v1\"";
    let url: Uri = text.parse().map_err(|_| Wrong::hint("is not a URL", example))?;
    let authority = url.authority().filter(|authority| !authority.host().is_empty());
    let (Some(scheme), Some(authority)) = (url.scheme_str(), authority) else {
        return Err(Wrong::hint("is not a whole URL", example));
    };
    if !matches!(scheme, "http" | "https") {
        return Err(Wrong::new(format!("must begin with http:// or https://, not {scheme}://")));
    }
    if authority.as_str().contains('@') {
        return Err(Wrong::hint("holds a user name or password", "put the key into `credential`"));
    }
    // `Uri` drops a fragment without a word.
    if url.query().is_some() || text.contains('#') {
        return Err(Wrong::new("must not have a query or a fragment"));
    }
    Ok(url)
}

/// Reads a host name for `server.domains`: no scheme, port or path. Gives it in lower case.
pub(crate) fn host(text: &str) -> Result<String, Wrong> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if text.is_empty() || !text.bytes().all(fine) {
        return Err(Wrong::hint(
            format!("is not a host name: \"{text}\""),
            "write it without scheme, port and path: \"gateway.example.com\"",
        ));
    }
    Ok(text.to_ascii_lowercase())
}

/// Reads the origin of a web page, as a browser sends it in `Origin`: scheme and host in lower case, a port only where it
/// is not the scheme's own.
pub(crate) fn origin(text: &str) -> Result<String, Wrong> {
    let wrong = |why: &str| {
        let example = "an origin is \"https://app.example.com\" or \"http://localhost:3000\"";
        Wrong::hint(format!("{why}: \"{text}\""), example)
    };
    if text == "*" {
        return Err(wrong("must name each origin"));
    }
    let url: Uri = text.parse().map_err(|_| wrong("is not an origin"))?;
    let (Some(scheme @ ("http" | "https")), Some(authority)) = (url.scheme_str(), url.authority())
    else {
        return Err(wrong("is not an origin"));
    };
    let own_port = if scheme == "https" { 443 } else { 80 };
    let port = authority.port_u16().filter(|port| *port != own_port);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let origin = format!("{scheme}://{}{port}", authority.host().to_ascii_lowercase());
    if !text.eq_ignore_ascii_case(&origin) {
        return Err(wrong("has more than an origin has"));
    }
    Ok(origin)
}

/// Reads a provider's name.
pub(crate) fn name(text: &str) -> Result<String, Wrong> {
    let fine = |character: char| character.is_alphanumeric() || "-_.".contains(character);
    if text.is_empty() || !text.chars().all(fine) {
        return Err(Wrong::hint(
            format!("is not a name: \"{text}\""),
            "a name has letters, digits, `-`, `_` and `.`",
        ));
    }
    Ok(text.to_owned())
}

/// Reads the name of a project.
pub(crate) fn project(text: &str) -> Result<String, Wrong> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if text.is_empty() || text.len() > PROJECT_CHARS_MAX || !text.bytes().all(fine) {
        return Err(Wrong::hint(
            format!("is no name of a project: \"{text}\""),
            format!("up to {PROJECT_CHARS_MAX} letters of ASCII, digits, `-`, `_` and `.`"),
        ));
    }
    Ok(text.to_owned())
}

/// Checks a glob over model names.
pub(crate) fn glob(text: &str) -> Result<String, Wrong> {
    if text.is_empty() {
        return Err(Wrong::hint("is empty", "\"*\" matches every model"));
    }
    globset::Glob::new(text)
        .map(|_| text.to_owned())
        .map_err(|error| Wrong::new(format!("is not a glob: {}", error.kind())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_written_as_they_are_read() {
        let day = Duration::from_secs(86_400);
        for text in ["0s", "1ms", "1500ms", "90s", "2m", "1h", "1d"] {
            assert_eq!(show_duration(duration(text, Duration::ZERO, day).unwrap()), text);
        }
        for text in ["1B", "1000B", "64KiB", "64MiB", "1GiB"] {
            assert_eq!(show_size(size(text, 0, 1 << 40).unwrap()), text);
        }
        for text in ["", "s", "10", "-1s", "1.5s", "1 year", "99999999999999999999s", "1S"] {
            assert!(duration(text, Duration::ZERO, day).is_err(), "{text}");
        }
        for text in ["64", "64MB", "64M", "18446744073709551615GiB"] {
            assert!(size(text, 0, u64::MAX).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_name_an_ip_or_this_machine() {
        assert_eq!(address("localhost:80").unwrap().to_string(), "127.0.0.1:80");
        assert_eq!(address("[::1]:80").unwrap().to_string(), "[::1]:80");
        for text in ["", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "example.com:80"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn origins_are_what_a_browser_sends() {
        for (text, wanted) in [
            ("https://App.example", "https://app.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://[::1]:8443", "https://[::1]:8443"),
        ] {
            assert_eq!(origin(text).unwrap(), wanted);
        }
        for text in [
            "",
            "*",
            "null",
            "app.example",
            "https://",
            "https://a.example/",
            "https://a.example:443",
            "https://u@a.example",
            "ftp://a.example",
            "https://a.example/x",
            "https://a.example?x",
        ] {
            assert!(origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_message_about_a_url_repeats_it() {
        for text in ["http://user:hunter2@host/", "hunter2", "ftp://hunter2@x", "//hunter2"] {
            let wrong = url(text).unwrap_err();
            assert!(!format!("{wrong:?}").contains("hunter2"), "{wrong:?}");
        }
        assert!(url("http://host/v1#fragment").is_err());
        assert!(url("https://host/v1?key=1").is_err());
        assert_eq!(url("https://host:8443/v1/").unwrap().path(), "/v1/");
    }
}
