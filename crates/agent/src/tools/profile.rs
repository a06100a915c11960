//! Fewer tools for smaller models: each tool costs context, and a model of four billion parameters loses its way among
//! twenty.

/// Which tools a model gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// All.
    #[default]
    Full,
    /// Eight; one call a reply.
    Minimal,
    /// Five; one call a reply.
    Nano,
}

/// The largest model that gets the profile nano, in millions of parameters (nanocoder).
const NANO_MAX: u64 = 4_000;
/// The largest that gets minimal (nanocoder).
const MINIMAL_MAX: u64 = 15_000;

const MINIMAL: [&str; 8] = [
    "read_file",
    "write_file",
    "string_replace",
    "create_file",
    "execute_bash",
    "find_files",
    "search_file_contents",
    "list_directory",
];
const NANO: [&str; 5] =
    ["read_file", "diff_edit", "write_file", "execute_bash", "search_file_contents"];

impl Profile {
    /// The profile for a model, by the number of parameters that its name tells: `qwen2.5-coder:7b`, `gemma-270m`. The
    /// largest number counts, since that of experts stands beside it. A name without one gets all tools.
    #[must_use]
    pub fn of_model(name: &str) -> Self {
        match millions(name) {
            Some(millions) if millions <= NANO_MAX => Profile::Nano,
            Some(millions) if millions <= MINIMAL_MAX => Profile::Minimal,
            _ => Profile::Full,
        }
    }

    /// Whether it has a tool.
    #[must_use]
    pub fn has(self, tool: &str) -> bool {
        match self {
            Profile::Full => true,
            Profile::Minimal => MINIMAL.contains(&tool),
            Profile::Nano => NANO.contains(&tool),
        }
    }

    /// How many calls of one reply are run.
    #[must_use]
    pub(crate) fn calls_max(self) -> usize {
        if self == Profile::Full { usize::MAX } else { 1 }
    }
}

/// The number of parameters that a name tells, in millions.
fn millions(name: &str) -> Option<u64> {
    let name = name.to_ascii_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    let number = |word: &str| {
        let (digits, unit) = word.split_at_checked(word.len().checked_sub(1)?)?;
        let factor = match unit {
            "b" => 1_000_000,
            "m" => 1_000,
            _ => return None,
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        // Thousandths are fine enough: 1.5b.
        let part = format!("{part:0<3}");
        let thousandths =
            whole.parse::<u64>().ok()? * 1_000 + part.get(..3)?.parse::<u64>().ok()?;
        Some(thousandths * factor / 1_000_000)
    };
    words.filter_map(number).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_model_tells_its_profile() {
        let cases = [
            ("gemma3:270m", Profile::Nano),
            ("qwen2.5-coder:1.5b", Profile::Nano),
            ("llama3.2-3B-instruct", Profile::Nano),
            ("qwen2.5-coder:7b", Profile::Minimal),
            ("org/Qwen3-14B", Profile::Minimal),
            ("qwen3-coder-30b-a3b", Profile::Full),
            ("gpt-5", Profile::Full),
            ("claude-sonnet-4.5", Profile::Full),
            ("b", Profile::Full),
        ];
        for (name, expected) in cases {
            assert_eq!(Profile::of_model(name), expected, "{name}");
        }
    }
}
