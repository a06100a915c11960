//! `/api/prices`: the price table in force.

use axum::Json;
use ironbridge_upstream::{Catalogue, PRICES_VERSION};
use serde::Serialize;
use utoipa::ToSchema;

use crate::documents::dollars;
use crate::failure::ErrorDocument;

/// The price table.
#[derive(Serialize, ToSchema)]
pub(crate) struct PriceTable {
    /// The day on which its prices were looked up; costs name it.
    version: &'static str,
    /// By name.
    models: Vec<ModelPrices>,
}

/// What a model takes and costs. Prices in USD for a million tokens; null: nobody bills it by the token.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelPrices {
    /// How the names begin that the row stands for.
    model: &'static str,
    /// The most tokens of input and output together.
    context_tokens: u64,
    output_tokens_max: u64,
    input: Option<f64>,
    output: Option<f64>,
    cache_read: Option<f64>,
    cache_write_5m: Option<f64>,
    cache_write_1h: Option<f64>,
    /// Limits or prices are estimates, by its siblings.
    estimate: bool,
}

/// What models cost, as the gateway reckons.
#[utoipa::path(get, path = "/api/prices", operation_id = "prices", tag = "settings", responses(
    (status = 200, body = PriceTable), (status = 401, body = ErrorDocument),
))]
pub(crate) async fn prices() -> Json<PriceTable> {
    let mut models: Vec<ModelPrices> = Catalogue::names().map(of_model).collect();
    models.sort_by_key(|row| row.model);
    models.dedup_by_key(|row| row.model);
    Json(PriceTable { version: PRICES_VERSION, models })
}

fn of_model(name: &'static str) -> ModelPrices {
    let facts = Catalogue::model(name);
    let million = |price: u64| dollars(price) * 1e6;
    let prices = facts.prices;
    ModelPrices {
        model: name,
        context_tokens: facts.context_tokens,
        output_tokens_max: facts.output_tokens_max,
        input: prices.map(|prices| million(prices.input)),
        output: prices.map(|prices| million(prices.output)),
        cache_read: prices.map(|prices| million(prices.cache_read)),
        cache_write_5m: prices.map(|prices| million(prices.cache_write_5m)),
        cache_write_1h: prices.map(|prices| million(prices.cache_write_1h)),
        estimate: facts.estimate,
    }
}
