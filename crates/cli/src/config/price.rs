//! `[[price]]`.

use ironbridge_gateway::PriceSettings;
use ironbridge_upstream::Prices;

use super::section::Section;
use super::value;

/// One price, or `None` where it is wrong.
pub(super) fn price(section: &Section<'_>) -> Option<PriceSettings> {
    let pattern = section.text("match", value::glob);
    let [input, output, cache_read, cache_write_5m, cache_write_1h] =
        ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h"]
            .map(|name| section.price(name));
    let input = input?;
    let prices = Prices {
        input,
        output: output?,
        cache_read: cache_read.unwrap_or(input),
        cache_write_5m: cache_write_5m.unwrap_or(input),
        cache_write_1h: cache_write_1h.unwrap_or(input),
    };
    Some(PriceSettings { pattern: pattern?, prices })
}
