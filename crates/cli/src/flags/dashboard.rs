//! The flags of `dashboard`.

use super::row::{Flag, FlagKind};

pub(super) const DASHBOARD_FLAGS: &[Flag] = &[
    Flag {
        name: "port",
        short: Some('p'),
        kind: FlagKind::Port,
        default: "`3001`",
        about: "Listen on this port",
        details: "0 takes a free one; the real one is printed.",
    },
    Flag {
        name: "host",
        short: None,
        kind: FlagKind::Ip,
        default: "`127.0.0.1`",
        about: "Listen on this address",
        details: "On any other than loopback, `admin_token` or `read_token` of the config is asked for.",
    },
];
