//! Why an exchange cost what it did: tokens of each class times their price.

use crate::documents::dollars;
use ironbridge_ledger::Exchange;
use ironbridge_upstream::{Catalogue, PRICES_VERSION, Picodollars, PriceTag, Prices};
use serde::Serialize;
use utoipa::ToSchema;

/// A class of tokens and what those of an exchange cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = CostClass)]
pub(crate) struct ClassCost {
    /// `input`, `cache_read`, `cache_write_5m`, `cache_write_1h` or `output`.
    pub(crate) class: &'static str,
    pub(crate) tokens: u64,
    /// In USD for a million tokens.
    pub(crate) dollars_per_million: f64,
    /// In USD.
    pub(crate) dollars: f64,
}

/// The prices by which an exchange's model is billed today.
pub(crate) fn prices(exchange: &Exchange) -> Option<Prices> {
    let model = exchange.target_model.as_deref().unwrap_or(&exchange.model);
    Catalogue::model(model).prices
}

/// The cost class by class, by the prices that its record holds, else by today's where they are of the same version;
/// `None` where it is not known, or was reckoned by other prices.
pub(crate) fn explain(exchange: &Exchange) -> Option<Vec<ClassCost>> {
    let cost = exchange.cost_picodollars?;
    let version = exchange.price_version.as_deref()?;
    let prices = match version.parse::<PriceTag>() {
        Ok(tag) => tag.prices,
        Err(_) if version == PRICES_VERSION => prices(exchange)?,
        Err(_) => return None,
    };
    let classes = prices.classes(exchange.tokens_by_class());
    let sum: Picodollars = classes.iter().map(ironbridge_upstream::ClassCost::cost).sum();
    // Else the books say something that these prices do not explain, and a wrong explanation is worse than none.
    (sum.0 == cost).then(|| {
        classes
            .iter()
            .map(|class| ClassCost {
                class: class.class,
                tokens: class.tokens,
                dollars_per_million: dollars(class.price) * 1e6,
                dollars: dollars(class.cost().0),
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange() -> Exchange {
        Exchange {
            model: "claude-sonnet-4-5".into(),
            input_tokens: Some(1000),
            cache_read_tokens: Some(20_000),
            cache_write_5m_tokens: Some(400),
            output_tokens: Some(500),
            // 3, 0.3, 3.75 and 15 dollars a million.
            cost_picodollars: Some(
                1000 * 3_000_000 + 20_000 * 300_000 + 400 * 3_750_000 + 500 * 15_000_000,
            ),
            price_version: Some(PRICES_VERSION.into()),
            ..Exchange::default()
        }
    }

    #[test]
    fn the_classes_add_up_to_what_the_books_say() {
        let exchange = exchange();
        let classes = explain(&exchange).expect("is explained");
        let sum: f64 = classes.iter().map(|class| class.dollars).sum();
        assert!((sum - dollars(exchange.cost_picodollars.unwrap_or(0))).abs() < 1e-12, "{sum}");
        let read = classes.iter().find(|class| class.class == "cache_read").expect("is there");
        assert!((read.dollars_per_million - 0.3).abs() < 1e-9, "{read:?}");
    }

    #[test]
    fn what_other_prices_made_is_not_explained_by_ours() {
        for changed in [
            Exchange { price_version: Some("2020-01-01".into()), ..exchange() },
            Exchange { cost_picodollars: Some(1), ..exchange() },
            Exchange { cost_picodollars: None, ..exchange() },
            Exchange { model: "nobody-knows".into(), ..exchange() },
        ] {
            assert_eq!(explain(&changed), None, "{changed:?}");
        }
    }
}
