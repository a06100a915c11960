//! The keys of `[[price]]`.

use super::key::KeyDefault::{Required, Words};
use super::key::{Key, KeyDefault, KeyKind, Section};

/// The price of one class of tokens.
const fn price(
    name: &'static str,
    default: KeyDefault,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key { name, kind: KeyKind::Price, default, example, about, details: "" }
}

pub(super) const PRICE: Section = Section {
    path: "price",
    repeated: true,
    about: "What you pay for a model, where that is not what the [catalogue](providers.md) says: in USD for a million \
            tokens. The first price that matches counts. `ironbridge ledger reprice` applies it to what was recorded \
            before.",
    keys: &[
        Key {
            name: "match",
            kind: KeyKind::Glob,
            default: Required,
            example: "\"claude-*\"",
            about: "A glob over the model that a provider is asked for.",
            details: "",
        },
        price("input", Required, "3", "Input that no cache had."),
        price("output", Required, "15", "Output, reasoning included."),
        price("cache_read", Words("`input`"), "0.3", "Input read from a cache."),
        price(
            "cache_write_5m",
            Words("`input`"),
            "3.75",
            "Input written to a cache that lives five minutes, or as long as the only one does.",
        ),
        price(
            "cache_write_1h",
            Words("`input`"),
            "6",
            "Input written to a cache that lives an hour.",
        ),
    ],
};
