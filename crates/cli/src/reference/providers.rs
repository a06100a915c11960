//! `providers.md`.

use ironbridge_upstream::{
    AuthHeader, Catalogue, KindFacts, ModelFacts, PRICES_VERSION, ProviderKind,
};

use super::{heading, row, table};

const KINDS: [ProviderKind; 4] =
    [ProviderKind::Offline, ProviderKind::Anthropic, ProviderKind::Openai, ProviderKind::Copilot];

/// Picodollars for a token are millionths of a dollar for a million tokens.
const PICODOLLARS_PER_MICRODOLLAR: f64 = 1e6;

pub(super) fn page() -> String {
    let about = "What a `[[provider]]` of each kind is, and what is known of the models. All of it stands in one table, \
                 the catalogue of `crates/upstream`.";
    let mut page = heading("Providers", about);
    page.push_str("\n## Kinds\n");
    page.push_str(&table(&[
        "Kind",
        "Server, unless `base_url` names another",
        "Key is sent as",
        "Dialects",
        "A client's own key may pass",
    ]));
    for kind in KINDS {
        page.push_str(&kind_row(Catalogue::kind(kind)));
    }
    page.push_str(&format!(
        "\n## Models\n\nA name belongs to the longest of these that it begins with; case and a path before it \
         (`openai/…`) do not count. Any other name is served too, with careful limits. Prices are dollars for a million \
         tokens, as of {PRICES_VERSION}; `~` marks our own estimates.\n"
    ));
    page.push_str(&table(&[
        "Model",
        "Context",
        "Output",
        "Images",
        "Tools",
        "Reasons",
        "Input",
        "Output",
        "Cache read",
        "Cache write",
    ]));
    for name in Catalogue::names() {
        page.push_str(&model_row(name, &Catalogue::model(name)));
    }
    page
}

fn kind_row(facts: &KindFacts) -> String {
    let server = if facts.base_url.is_empty() {
        "none: it is built in".to_owned()
    } else {
        format!("`{}`", facts.base_url)
    };
    let key = match facts.auth {
        AuthHeader::None => "–",
        AuthHeader::Bearer => "`authorization: Bearer KEY`",
        AuthHeader::ApiKey => "`x-api-key: KEY`",
    };
    // What its models differ in is all of it some model's.
    let dialects = if facts.taught.is_empty() { facts.dialects } else { facts.taught };
    let dialects: Vec<&str> = dialects.iter().map(|dialect| dialect.name()).collect();
    let kind = format!("`{}`", facts.name);
    row(&[&kind, &server, key, &dialects.join(", "), yes(facts.pass_through)])
}

fn model_row(name: &str, facts: &ModelFacts) -> String {
    let guess = if facts.estimate { "~" } else { "" };
    let price =
        |picodollars: u64| format!("{guess}{}", picodollars as f64 / PICODOLLARS_PER_MICRODOLLAR);
    let prices = facts.prices.map_or_else(
        || ["–", "–", "–", "–"].map(str::to_owned),
        |p| [p.input, p.output, p.cache_read, p.cache_write_5m].map(price),
    );
    let [input, output, cache_read, cache_write] = &prices;
    row(&[
        &format!("`{name}`"),
        &format!("{guess}{}", facts.context_tokens),
        &format!("{guess}{}", facts.output_tokens_max),
        yes(facts.vision),
        yes(facts.tools),
        yes(facts.reasoning),
        input,
        output,
        cache_read,
        cache_write,
    ])
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "–" }
}
