//! The flags of the commands about the ledger.

use super::row::{Flag, FlagKind};

/// A file that a command writes or reads.
const fn file(about: &'static str, details: &'static str) -> Flag {
    Flag {
        name: "file",
        short: None,
        kind: FlagKind::ArgumentName("FILE"),
        default: "",
        about,
        details,
    }
}

pub(super) const BACKUP_FLAGS: &[Flag] = &[file("The file to make", "It must not be there yet.")];

pub(super) const RESTORE_FLAGS: &[Flag] = &[file(
    "The backup",
    "What the ledger held before is kept beside it, as ironbridge.db.before-restore.",
)];

pub(super) const REPRICE_FLAGS: &[Flag] = &[
    Flag {
        name: "since",
        short: None,
        kind: FlagKind::Text("WHEN"),
        default: "the beginning",
        about: "Only exchanges from then on: a duration ago, a day or a time",
        details: "For example 30d, 2026-11-01 (its beginning in UTC) or 2026-11-01T18:00:00Z.",
    },
    Flag {
        name: "dry-run",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Say what would change, and change nothing",
        details: "",
    },
];

pub(super) const IMPORT_FLAGS: &[Flag] =
    &[file("The exported lines; `-`: stdin", "What is there already is left as it is.")];
