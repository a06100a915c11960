//! From the input to what matches: the expression, the types of files, the searcher of a thread.

use grep_matcher::LineTerminator;
use grep_regex::{ErrorKind, RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, MmapChoice, Searcher, SearcherBuilder};
use ignore::types::{Types, TypesBuilder};

use super::visit::Plan;
use super::{Case, GrepInput, GrepMode};
use crate::limits::SearchLimits;
use crate::search::error::SearchError;

/// Names shown for a type that does not exist.
const NEAREST_MAX: usize = 5;

pub(super) fn matcher(
    input: &GrepInput,
    limits: &SearchLimits,
) -> Result<RegexMatcher, SearchError> {
    let pattern = input.pattern.as_str();
    SearchError::hold("pattern", pattern.len() as u64, limits.pattern_bytes, "bytes")?;
    let memory_max = usize::try_from(limits.regex_bytes).unwrap_or(usize::MAX);
    let mut builder = RegexMatcherBuilder::new();
    builder
        .multi_line(true)
        .fixed_strings(input.fixed_strings)
        .case_insensitive(input.case == Case::Insensitive)
        .case_smart(input.case == Case::Smart)
        .word(input.whole_word)
        .size_limit(memory_max)
        .crlf(true);
    if input.multiline {
        builder.line_terminator(None).dot_matches_new_line(true);
    }
    builder.build(pattern).map_err(|error| match error.kind() {
        ErrorKind::NotAllowed(_) => SearchError::NeedsMultiline { pattern: pattern.to_owned() },
        _ => {
            let (reason, at) = mistake(pattern).unwrap_or((error.to_string(), None));
            SearchError::Pattern { pattern: pattern.to_owned(), reason, at }
        }
    })
}

/// What is wrong with a pattern, and at which character. `grep-regex` says so of the pattern with a group around it.
fn mistake(pattern: &str) -> Option<(String, Option<usize>)> {
    let (reason, span) = match regex_syntax::parse(pattern).err()? {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), *error.span()),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), *error.span()),
        error => return Some((error.to_string(), None)),
    };
    let at = pattern.get(..span.start.offset).map(|before| before.chars().count() + 1);
    Some((reason, at))
}

pub(super) fn types(input: &GrepInput) -> Result<Option<Types>, SearchError> {
    if input.types.is_empty() && input.exclude_types.is_empty() {
        return Ok(None);
    }
    let mut builder = TypesBuilder::new();
    builder.add_defaults();
    for name in &input.types {
        builder.select(name);
    }
    for name in &input.exclude_types {
        builder.negate(name);
    }
    match builder.build() {
        Ok(types) => Ok(Some(types)),
        Err(ignore::Error::UnrecognizedFileType(name)) => {
            let nearest = nearest_types(&builder, &name);
            Err(SearchError::UnknownType { name, nearest })
        }
        Err(error) => Err(SearchError::Glob { glob: String::new(), reason: error.to_string() }),
    }
}

/// Types whose name or endings begin as `name` does: `tsx` → `ts`, `.py` → `py`.
fn nearest_types(builder: &TypesBuilder, name: &str) -> Vec<String> {
    let name = name.trim_start_matches(['.', '*']).to_lowercase();
    if name.is_empty() {
        return Vec::new();
    }
    let ending = format!("*.{name}");
    let definitions = builder.definitions();
    let mut nearest: Vec<String> = definitions
        .iter()
        .filter(|definition| definition.globs().contains(&ending))
        .map(|definition| definition.name().to_owned())
        .collect();
    for definition in &definitions {
        let like = definition.name().starts_with(&name) || name.starts_with(definition.name());
        if like
            && definition.name().len() > 1
            && !nearest.iter().any(|had| had == definition.name())
        {
            nearest.push(definition.name().to_owned());
        }
    }
    nearest.truncate(NEAREST_MAX);
    nearest
}

/// `counting`: only the number of matches is wanted, so lines need no numbers and no neighbours.
pub(super) fn searcher(plan: &Plan<'_>, counting: bool) -> Searcher {
    let content = plan.input.mode == GrepMode::Content && !counting;
    let binary = if plan.input.binary { BinaryDetection::none() } else { BinaryDetection::quit(0) };
    let heap_max = usize::try_from(plan.limits.line_bytes).unwrap_or(usize::MAX);
    let mut builder = SearcherBuilder::new();
    builder
        .line_terminator(LineTerminator::crlf())
        .invert_match(plan.input.invert)
        .line_number(content)
        .multi_line(plan.input.multiline)
        .heap_limit(Some(heap_max))
        .memory_map(MmapChoice::never())
        .binary_detection(binary);
    if content {
        builder.before_context(plan.before).after_context(plan.after);
    }
    builder.build()
}
