//! The only table of facts about models and kinds of providers.
//!
//! Whoever needs a limit, a capability, a price or a path asks here; no other crate names a model. A new kind is one
//! row in [`kinds`], a new model one row in [`models`].

mod kinds;
mod models;
mod price;

pub use kinds::{AuthHeader, KindFacts};
pub use models::{ModelFacts, Tokenizer};
pub use price::{ClassCost, NoPriceTag, PRICES_VERSION, Picodollars, PriceTag, Prices, read_price};

use crate::settings::ProviderKind;

/// The table.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue;

impl Catalogue {
    /// What is known of a model; the row with the longest pattern that begins its name.
    ///
    /// A path before the name (`openai/gpt-5`, `models/…`) does not count, nor does case; a dot between digits is a
    /// dash (`claude-sonnet-4.5`). An unknown model gets careful defaults with `known = false`.
    #[must_use]
    pub fn model(name: &str) -> ModelFacts {
        models::find(name)
    }

    /// What is known of a kind of provider.
    #[must_use]
    pub fn kind(kind: ProviderKind) -> &'static KindFacts {
        kinds::find(kind)
    }

    /// The names of the models that the built-in provider lists besides `offline`.
    pub fn names() -> impl Iterator<Item = &'static str> {
        models::ROWS.iter().filter(|row| row.listed).map(|row| row.pattern)
    }
}

#[cfg(test)]
mod tests;
