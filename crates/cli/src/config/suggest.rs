//! "Did you mean": the nearest of the known names.

/// How alike two names must be, from 0 to 1. The threshold of clap's own suggestions, so that flags and keys feel the
/// same.
const LIKENESS_MIN: f64 = 0.7;

/// A hint naming the known name nearest to `wrong`, if one is near.
pub(super) fn did_you_mean<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let likeness = |name: &&str| strsim::jaro(wrong, name);
    let best = known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(&best) > LIKENESS_MIN).then(|| format!("did you mean \"{best}\"?"))
}
