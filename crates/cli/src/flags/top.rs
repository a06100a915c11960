//! The flags of `top`.

use super::row::{Flag, FlagKind};

pub(super) const TOP_FLAGS: &[Flag] = &[
    Flag {
        name: "url",
        short: None,
        kind: FlagKind::Text("URL"),
        default: "`server.listen` of the config",
        about: "Watch the gateway at this address",
        details: "For example http://127.0.0.1:4141. Where it asks for a token, that of the config is sent: \
                  `server.read_token`, else `server.admin_token`.",
    },
    Flag {
        name: "once",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Print the board as it is now, and end",
        details: "So it does as well where stdout is no terminal.",
    },
];
