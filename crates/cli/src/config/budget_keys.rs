//! The keys of `[budget]`.

use super::key::KeyDefault::Value;
use super::key::{Key, KeyKind, Section};

pub(super) const BUDGET: Section = Section {
    path: "budget",
    repeated: false,
    about: "How the budgets of client keys and of `[[limit]]` are kept to.",
    keys: &[
        Key {
            name: "reserve",
            kind: KeyKind::Choice(&["most", "learned"]),
            default: Value("\"most\""),
            example: "\"learned\"",
            about: "How much output a request reserves before it is sent.",
            details: "`most`: all that it asks for, so that no budget is overspent. `learned`: as much as 99 of the last \
                      100 replies to its client key held, once there are 20; for clients that always ask for all a \
                      model can give.",
        },
        Key {
            name: "away",
            kind: KeyKind::Choice(&["refuse", "serve"]),
            default: Value("\"refuse\""),
            example: "\"serve\"",
            about: "What becomes of requests with a budget while the ledger's database is away.",
            details: "`serve`: they are answered, and booked once it is there again.",
        },
    ],
};
