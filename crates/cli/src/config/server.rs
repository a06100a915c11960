//! `[server]` and `[limits]`.

use ironbridge_gateway::{Limits, On429, OnDisconnect, ServerSettings};
use ironbridge_upstream::Secret;

use super::section::Section;
use super::source::Overrides;
use super::value::{self, Wrong};

/// The settings of both sections; what is absent or wrong has its default.
pub(super) fn server(
    server: &Section<'_>,
    limits_section: &Section<'_>,
    overrides: &Overrides,
    default_admin_token: Option<Secret>,
) -> ServerSettings {
    let default = ServerSettings::default();
    let mut listen = server.text("listen", value::address).unwrap_or(default.listen);
    if let Some(host) = overrides.host {
        listen.set_ip(host);
    }
    if let Some(port) = overrides.port {
        listen.set_port(port);
    }
    let admin_token = if server.has("admin_token") {
        server.secret("admin_token", true)
    } else {
        default_admin_token
    };
    let read_token = server.has("read_token").then(|| server.secret("read_token", true)).flatten();
    ServerSettings {
        listen,
        admin_token,
        read_token,
        domains: checked(server, "domains", value::host),
        cors_origins: checked(server, "cors_origins", value::origin),
        pass_through: server.switch("pass_through").unwrap_or(default.pass_through),
        on_disconnect: match server.choice("on_disconnect") {
            Some("drain") => OnDisconnect::Drain,
            Some(_) => OnDisconnect::Cancel,
            None => default.on_disconnect,
        },
        on_429: match server.choice("on_429") {
            Some("wait") => On429::Wait,
            Some(_) => On429::Answer,
            None => default.on_429,
        },
        interval: match overrides.interval {
            Some(interval) => Some(interval).filter(|interval| !interval.is_zero()),
            None => server.duration("interval").or(default.interval),
        },
        wait: overrides.wait || server.switch("wait").unwrap_or(default.wait),
        keep_alive: server.duration("keep_alive").unwrap_or(default.keep_alive),
        shutdown_grace: server.duration("shutdown_grace").unwrap_or(default.shutdown_grace),
        // `[ledger]` and `[budget]` say so.
        refuse_unrecorded: default.refuse_unrecorded,
        bodies_kept: default.bodies_kept,
        budget_reserve: default.budget_reserve,
        budgets_away: default.budgets_away,
        exchanges_kept: server.count("exchanges_kept").unwrap_or(default.exchanges_kept),
        dashboard: !overrides.no_dashboard,
        limits: limits(limits_section),
    }
}

/// The texts of a list, each checked by itself.
fn checked(
    server: &Section<'_>,
    name: &str,
    check: impl Fn(&str) -> Result<String, Wrong>,
) -> Vec<String> {
    let texts = server.texts(name).unwrap_or_default().into_iter();
    let read = |(text, line)| check(text).map_err(|wrong| server.wrong(line, name, wrong)).ok();
    texts.filter_map(read).collect()
}

fn limits(section: &Section<'_>) -> Limits {
    let default = Limits::default();
    Limits {
        body_bytes_max: section.size("body_max").unwrap_or(default.body_bytes_max),
        header_bytes_max: section.size("header_max").unwrap_or(default.header_bytes_max),
        connections_max: section.count("connections_max").unwrap_or(default.connections_max),
        concurrency_max: section.count("concurrency_max").unwrap_or(default.concurrency_max),
        queue_max: section.count("queue_max").unwrap_or(default.queue_max),
        queue_wait: section.duration("queue_wait").unwrap_or(default.queue_wait),
        header_timeout: section.duration("header_timeout").unwrap_or(default.header_timeout),
        body_idle_timeout: section
            .duration("body_idle_timeout")
            .unwrap_or(default.body_idle_timeout),
        write_idle_timeout: section
            .duration("write_idle_timeout")
            .unwrap_or(default.write_idle_timeout),
    }
}
