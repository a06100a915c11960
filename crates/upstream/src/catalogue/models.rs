//! One row per family of models.

use super::price::Prices;
use ironbridge_wire::Target;

/// Which tokenizer a model counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokenizer {
    /// One of OpenAI's encodings, by name.
    Openai(&'static str),
    /// Anthropic's, which is not published: counted by the provider, or estimated.
    Anthropic,
    /// A `tokenizer.json` of this family: `llama`, `mistral`, `qwen`, `gemma`, `deepseek`.
    Llama(&'static str),
    /// Not known: estimated.
    Unknown,
}

/// What is known of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelFacts {
    /// Whether a row was found; else these are careful defaults.
    pub known: bool,
    /// How the names it stands for begin.
    pub pattern: &'static str,
    /// The most tokens of input and output together.
    pub context_tokens: u64,
    /// The most tokens it generates.
    pub output_tokens_max: u64,
    /// Takes images.
    pub vision: bool,
    /// Calls tools.
    pub tools: bool,
    /// Reasons before it answers.
    pub reasoning: bool,
    /// Decides by itself how much it thinks (Anthropic's `thinking.type = adaptive`).
    pub adaptive_thinking: bool,
    /// OpenAI wants `max_completion_tokens` of it.
    pub max_completion_tokens: bool,
    /// Makes embeddings rather than replies.
    pub embeddings: bool,
    /// How its tokens are counted.
    pub tokenizer: Tokenizer,
    /// What they cost; `None` where nobody bills, or nobody knows.
    pub prices: Option<Prices>,
    /// Limits or prices are our estimate, by its siblings, and not published.
    pub estimate: bool,
    /// Whether the built-in provider lists it.
    pub(super) listed: bool,
}

impl ModelFacts {
    /// What a translation must know.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            output_tokens_max: self.known.then_some(self.output_tokens_max),
            max_completion_tokens: self.max_completion_tokens,
            adaptive_thinking: self.adaptive_thinking,
            never_reasons: self.known && !self.reasoning,
        }
    }

    const fn new(pattern: &'static str, context_tokens: u64, output_tokens_max: u64) -> Self {
        ModelFacts {
            known: true,
            pattern,
            context_tokens,
            output_tokens_max,
            vision: false,
            tools: true,
            reasoning: false,
            adaptive_thinking: false,
            max_completion_tokens: false,
            embeddings: false,
            tokenizer: Tokenizer::Unknown,
            prices: None,
            estimate: false,
            listed: true,
        }
    }

    /// A Claude model; `input` and `output` in microdollars per million tokens.
    const fn claude(
        pattern: &'static str,
        context: u64,
        most: u64,
        input: u64,
        output: u64,
    ) -> Self {
        ModelFacts {
            vision: true,
            reasoning: true,
            tokenizer: Tokenizer::Anthropic,
            prices: Some(Prices::anthropic(input, output)),
            ..ModelFacts::new(pattern, context, most)
        }
    }

    /// An OpenAI model; prices of input, cached input and output in microdollars per million tokens.
    const fn gpt(pattern: &'static str, context: u64, most: u64, prices: [u64; 3]) -> Self {
        ModelFacts {
            vision: true,
            tokenizer: Tokenizer::Openai("o200k_base"),
            prices: Some(Prices::of(prices[0], prices[1], prices[2])),
            ..ModelFacts::new(pattern, context, most)
        }
    }

    /// An OpenAI model that reasons.
    const fn thinker(pattern: &'static str, context: u64, most: u64, prices: [u64; 3]) -> Self {
        ModelFacts {
            reasoning: true,
            max_completion_tokens: true,
            ..ModelFacts::gpt(pattern, context, most, prices)
        }
    }

    /// A model with open weights: nobody's price is the price.
    const fn open(pattern: &'static str, family: &'static str, context: u64, most: u64) -> Self {
        ModelFacts {
            tokenizer: Tokenizer::Llama(family),
            estimate: true,
            ..ModelFacts::new(pattern, context, most)
        }
    }

    const fn embedding(pattern: &'static str, input: u64) -> Self {
        ModelFacts {
            vision: false,
            tools: false,
            embeddings: true,
            tokenizer: Tokenizer::Openai("cl100k_base"),
            ..ModelFacts::gpt(pattern, 8_191, 0, [input, input, 0])
        }
    }

    const fn adaptive(self) -> Self {
        ModelFacts { adaptive_thinking: true, ..self }
    }

    const fn unthinking(self) -> Self {
        ModelFacts { reasoning: false, ..self }
    }

    const fn blind(self) -> Self {
        ModelFacts { vision: false, ..self }
    }

    const fn cl100k(self) -> Self {
        ModelFacts { tokenizer: Tokenizer::Openai("cl100k_base"), ..self }
    }

    const fn estimated(self) -> Self {
        ModelFacts { estimate: true, ..self }
    }

    /// Stands for names, but is none itself.
    const fn unlisted(self) -> Self {
        ModelFacts { listed: false, ..self }
    }
}

/// What is assumed of a model that no row knows: small enough for every server in use, and free of charge.
const UNKNOWN: ModelFacts = ModelFacts {
    known: false,
    estimate: true,
    vision: true,
    ..ModelFacts::new("", 128_000, 8_192)
};

type F = ModelFacts;

/// Sources: platform.openai.com/docs/models and …/pricing, docs.anthropic.com/en/docs/about-claude/models and
/// …/pricing, reference gateway.md §3.14 (prices of the Claude family). `estimated` rows follow their siblings.
pub(super) const ROWS: &[ModelFacts] = &[
    // The built-in model.
    ModelFacts {
        vision: true,
        listed: false,
        tokenizer: Tokenizer::Openai("o200k_base"),
        ..F::new("offline", 1_000_000, 128_000)
    },
    // Anthropic.
    F::claude("claude-opus-5", 1_000_000, 128_000, 5_000_000, 25_000_000).adaptive().estimated(),
    F::claude("claude-sonnet-5", 1_000_000, 128_000, 3_000_000, 15_000_000).adaptive().estimated(),
    F::claude("claude-fable-5", 1_000_000, 128_000, 10_000_000, 50_000_000).adaptive().estimated(),
    F::claude("claude-mythos-5", 1_000_000, 128_000, 10_000_000, 50_000_000).adaptive().estimated(),
    F::claude("claude-opus-4-8", 1_000_000, 128_000, 5_000_000, 25_000_000).adaptive().estimated(),
    F::claude("claude-opus-4-7", 1_000_000, 128_000, 5_000_000, 25_000_000).adaptive().estimated(),
    F::claude("claude-opus-4-6", 200_000, 128_000, 5_000_000, 25_000_000).adaptive(),
    F::claude("claude-opus-4-5", 200_000, 64_000, 5_000_000, 25_000_000),
    F::claude("claude-opus-4-1", 200_000, 32_000, 15_000_000, 75_000_000),
    F::claude("claude-opus-4", 200_000, 32_000, 15_000_000, 75_000_000),
    F::claude("claude-sonnet-4-6", 200_000, 64_000, 3_000_000, 15_000_000).adaptive(),
    F::claude("claude-sonnet-4-5", 200_000, 64_000, 3_000_000, 15_000_000),
    F::claude("claude-sonnet-4", 200_000, 64_000, 3_000_000, 15_000_000),
    F::claude("claude-haiku-4-5", 200_000, 64_000, 1_000_000, 5_000_000),
    F::claude("claude-haiku-4", 200_000, 64_000, 1_000_000, 5_000_000).unlisted(),
    F::claude("claude-3-7-sonnet", 200_000, 64_000, 3_000_000, 15_000_000),
    F::claude("claude-3-5-sonnet", 200_000, 8_192, 3_000_000, 15_000_000).unthinking(),
    F::claude("claude-3-5-haiku", 200_000, 8_192, 800_000, 4_000_000).unthinking(),
    F::claude("claude-3-opus", 200_000, 4_096, 15_000_000, 75_000_000).unthinking(),
    F::claude("claude-3-haiku", 200_000, 4_096, 250_000, 1_250_000).unthinking(),
    F::claude("claude-", 200_000, 32_000, 3_000_000, 15_000_000).estimated().unlisted(),
    // OpenAI.
    F::thinker("gpt-5-4", 1_050_000, 128_000, [2_500_000, 250_000, 15_000_000])
        .estimated()
        .unlisted(),
    F::thinker("gpt-5-2", 400_000, 128_000, [1_750_000, 175_000, 14_000_000]).unlisted(),
    F::thinker("gpt-5-1", 400_000, 128_000, [1_250_000, 125_000, 10_000_000]).unlisted(),
    F::thinker("gpt-5-codex", 400_000, 128_000, [1_250_000, 125_000, 10_000_000]),
    F::thinker("gpt-5-pro", 400_000, 272_000, [15_000_000, 15_000_000, 120_000_000]),
    F::thinker("gpt-5-mini", 400_000, 128_000, [250_000, 25_000, 2_000_000]),
    F::thinker("gpt-5-nano", 400_000, 128_000, [50_000, 5_000, 400_000]),
    F::thinker("gpt-5-chat", 128_000, 16_384, [1_250_000, 125_000, 10_000_000])
        .unthinking()
        .unlisted(),
    F::thinker("gpt-5", 400_000, 128_000, [1_250_000, 125_000, 10_000_000]),
    F::thinker("gpt-", 128_000, 16_384, [2_500_000, 250_000, 15_000_000]).estimated().unlisted(),
    F::gpt("gpt-4-1-nano", 1_047_576, 32_768, [100_000, 25_000, 400_000]).unlisted(),
    F::gpt("gpt-4-1-mini", 1_047_576, 32_768, [400_000, 100_000, 1_600_000]).unlisted(),
    F::gpt("gpt-4-1", 1_047_576, 32_768, [2_000_000, 500_000, 8_000_000]).unlisted(),
    F::gpt("gpt-4o-mini", 128_000, 16_384, [150_000, 75_000, 600_000]),
    F::gpt("gpt-4o", 128_000, 16_384, [2_500_000, 1_250_000, 10_000_000]),
    F::gpt("chatgpt-4o", 128_000, 16_384, [5_000_000, 5_000_000, 15_000_000]).unlisted(),
    F::gpt("gpt-4-turbo", 128_000, 4_096, [10_000_000, 10_000_000, 30_000_000]).cl100k(),
    F::gpt("gpt-4", 8_192, 8_192, [30_000_000, 30_000_000, 60_000_000]).cl100k().blind(),
    F::gpt("gpt-3-5-turbo", 16_385, 4_096, [500_000, 500_000, 1_500_000])
        .cl100k()
        .blind()
        .unlisted(),
    F::thinker("o1-mini", 128_000, 65_536, [1_100_000, 550_000, 4_400_000]).blind(),
    F::thinker("o1", 200_000, 100_000, [15_000_000, 7_500_000, 60_000_000]),
    F::thinker("o3-mini", 200_000, 100_000, [1_100_000, 550_000, 4_400_000]).blind(),
    F::thinker("o3", 200_000, 100_000, [2_000_000, 500_000, 8_000_000]),
    F::thinker("o4-mini", 200_000, 100_000, [1_100_000, 275_000, 4_400_000]),
    F::embedding("text-embedding-3-small", 20_000),
    F::embedding("text-embedding-3-large", 130_000),
    F::embedding("text-embedding-ada-002", 100_000),
    ModelFacts {
        tokenizer: Tokenizer::Openai("o200k_base"),
        reasoning: true,
        ..F::open("gpt-oss", "llama", 131_072, 131_072).unlisted()
    },
    // Open weights and others, as compatible servers offer them.
    F::open("llama", "llama", 131_072, 8_192).unlisted(),
    F::open("meta-llama", "llama", 131_072, 8_192).unlisted(),
    F::open("codellama", "llama", 16_384, 8_192).unlisted(),
    F::open("mistral", "mistral", 131_072, 8_192).unlisted(),
    F::open("ministral", "mistral", 131_072, 8_192).unlisted(),
    F::open("mixtral", "mistral", 65_536, 8_192).unlisted(),
    F::open("codestral", "mistral", 262_144, 8_192).unlisted(),
    F::open("devstral", "mistral", 131_072, 8_192).unlisted(),
    F::open("qwen", "qwen", 131_072, 32_768).unlisted(),
    F::open("qwq", "qwen", 131_072, 32_768).unlisted(),
    F::open("gemma", "gemma", 131_072, 8_192).unlisted(),
    F::open("deepseek", "deepseek", 131_072, 8_192).unlisted(),
];

pub(super) fn find(name: &str) -> ModelFacts {
    let name = normal(name);
    ROWS.iter()
        .filter(|row| name.starts_with(row.pattern))
        .max_by_key(|row| row.pattern.len())
        .copied()
        .unwrap_or(UNKNOWN)
}

/// The name as patterns are written: lower case, without what stands before the last `/` or a cloud's dotted vendor
/// (`us.anthropic.claude-…`), dots between digits as dashes.
fn normal(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let name = name.rsplit_once("anthropic.").map_or(name.as_str(), |(_, rest)| rest);
    let bytes = name.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    name.char_indices()
        .map(|(at, c)| if c == '.' && at > 0 && digit(at - 1) && digit(at + 1) { '-' } else { c })
        .collect()
}
