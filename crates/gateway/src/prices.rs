//! What a model's tokens cost: by the operator's own prices, else by the catalogue.

use crate::route::model_glob;
use crate::server::SettingsError;
use crate::settings::PriceSettings;
use globset::GlobMatcher;
use ironbridge_upstream::{Catalogue, PRICES_VERSION, PriceTag, Prices, ProviderKind};

/// The version of an operator's own prices in records.
const OWN: &str = "own";

/// The prices in force.
#[derive(Clone, Debug, Default)]
pub struct PriceList {
    own: Vec<(GlobMatcher, Prices)>,
}

/// The prices of a model, and which they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    /// `own`, or the catalogue's version.
    pub version: &'static str,
    /// The prices.
    pub prices: Prices,
}

impl PriceList {
    /// A list with an operator's own prices, of which the first that matches counts, above the catalogue.
    ///
    /// # Errors
    /// A pattern is no glob.
    pub fn new(own: &[PriceSettings]) -> Result<Self, SettingsError> {
        let row = |row: &PriceSettings| Ok((model_glob(&row.pattern)?, row.prices));
        Ok(PriceList { own: own.iter().map(row).collect::<Result<_, SettingsError>>()? })
    }

    /// The prices of a model, by the name by which it is asked of its provider; `None`: nobody knows.
    #[must_use]
    pub fn of(&self, model: &str) -> Option<Priced> {
        let own = self.own.iter().find(|(pattern, _)| pattern.is_match(model));
        match own {
            Some((_, prices)) => Some(Priced { version: OWN, prices: *prices }),
            None => {
                let prices = Catalogue::model(model).prices?;
                Some(Priced { version: PRICES_VERSION, prices })
            }
        }
    }
}

/// Whether a provider of that kind is paid by the token.
#[must_use]
pub fn pays_by_token(kind: ProviderKind) -> bool {
    matches!(kind, ProviderKind::Anthropic | ProviderKind::Openai)
}

impl Priced {
    /// What a record keeps of it.
    #[must_use]
    pub fn tag(&self) -> PriceTag {
        PriceTag { version: self.version.to_owned(), prices: self.prices }
    }
}

#[cfg(test)]
mod tests {
    use super::PriceList;
    use crate::settings::PriceSettings;
    use ironbridge_upstream::{PRICES_VERSION, Prices};

    #[test]
    fn an_operators_own_price_comes_first_and_the_first_of_them_counts() {
        let row = |pattern: &str, input| {
            let prices = Prices { input, output: input, ..Prices::default() };
            PriceSettings { pattern: pattern.to_owned(), prices }
        };
        let list = PriceList::new(&[row("house/*", 5), row("house/large", 9), row("gpt-5", 7)]);
        let list = list.expect("globs");
        let input =
            |model: &str| list.of(model).map(|priced| (priced.version, priced.prices.input));
        assert_eq!(input("house/large"), Some(("own", 5)));
        assert_eq!(input("gpt-5"), Some(("own", 7)));
        assert_eq!(input("claude-sonnet-4-5"), Some((PRICES_VERSION, 3_000_000)));
        assert_eq!(input("nobody-knows"), None);
        assert!(PriceList::new(&[row("[", 1)]).is_err());
    }
}
