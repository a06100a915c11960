//! The bounds of a turn, with where each number comes from.

/// Calls that only read and run at once.
pub const READERS_MAX: usize = 8;

/// Calls of one reply that are run; the others are answered with an error. The most seen of real models is 32.
pub const CALLS_PER_REPLY_MAX: usize = 128;

/// How often a failed request is sent again before the turn ends (codex: 4).
pub const RETRIES_MAX: u32 = 4;

/// The wait before the first retry, in milliseconds; it doubles each time (codex: 200 ms).
pub(super) const RETRY_FIRST_MS: u64 = 200;

/// The wait before the first retry after a 429 that names none, in milliseconds; it doubles (opencode: 2 s).
pub(super) const RETRY_LIMITED_FIRST_MS: u64 = 2_000;

/// The longest wait that is of our own making, in milliseconds (opencode: 30 s).
pub(super) const RETRY_WAIT_MAX_MS: u64 = 30_000;

/// The longest wait a provider may ask for, in milliseconds; with a longer one the turn ends and says so.
pub(super) const RETRY_AFTER_MAX_MS: u64 = 5 * 60_000;

/// How often in a row a reply may say nothing before the turn ends (nanocoder: 2 nudges).
pub const EMPTY_REPLIES_MAX: u32 = 2;

/// How often in a row the same calls may give the same results before the turn ends (crush: more than 5 in 10 steps).
pub const REPEATS_MAX: u32 = 5;

/// How often in a row they may before the model is told (opencode: 3).
pub(super) const REPEATS_TOLD: u32 = 3;

/// What is kept free for the reply, in tokens (crush: 20,000); of a small context a quarter.
pub(super) const REPLY_TOKENS: u64 = 20_000;

/// The newest outputs of tools that are never forgotten, in tokens (opencode: 40,000); of a small context a third.
pub(super) const KEPT_OUTPUT_TOKENS: u64 = 40_000;

/// What forgetting must save at least, in tokens (opencode: 20,000), since it costs the provider's cache; of a small
/// context an eighth.
pub(super) const SAVED_TOKENS_MIN: u64 = 20_000;

/// Shorter outputs are not worth forgetting, in tokens.
pub(super) const FORGOTTEN_TOKENS_MIN: u64 = 100;

/// The newest messages that no summary replaces, in tokens (opencode: 15,000, codex: 20,000); of a small context a
/// quarter.
pub(super) const KEPT_TOKENS: u64 = 20_000;

/// What a summary repeats word by word of what the user said, in tokens; of a small context an eighth.
pub(super) const QUOTED_TOKENS: u64 = 8_000;

/// How often in one turn room is made for a request that was refused as too long (goose: 2).
pub(super) const OVERFLOWS_MAX: u32 = 3;

/// Prompts that may wait.
pub const QUEUE_MAX: usize = 100;
