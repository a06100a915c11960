//! `[[route]]`.

use ironbridge_gateway::{RouteSettings, TargetName};

use super::mistake::Mistakes;
use super::section::Section;
use super::suggest::did_you_mean;
use super::value::{self, Wrong};

/// One route, or `None` where it is wrong. `providers` are the names of all providers of the file.
pub(super) fn route(section: &Section<'_>, providers: &[String]) -> Option<RouteSettings> {
    let pattern = section.text("match", value::glob);
    let targets = section.texts("targets").map(|texts| {
        if texts.is_empty() {
            let wrong = Wrong::hint("is empty", "name a provider, or provider/model");
            section.wrong(section.line_of("targets"), "targets", wrong);
        }
        let read = |(text, line)| {
            target(text, providers).map_err(|wrong| section.wrong(line, "targets", wrong)).ok()
        };
        texts.into_iter().filter_map(read).collect()
    });
    let strict = section.switch("strict").unwrap_or(false);
    Some(RouteSettings { pattern: pattern?, targets: targets?, strict })
}

fn target(text: &str, providers: &[String]) -> Result<TargetName, Wrong> {
    let (provider, model) = match text.split_once('/') {
        Some((provider, model)) => (provider, Some(model)),
        None => (text, None),
    };
    if model.is_some_and(str::is_empty) {
        return Err(Wrong::new(format!("names no model after the slash: \"{text}\"")));
    }
    if !providers.iter().any(|name| name == provider) {
        let known = providers.iter().map(String::as_str);
        let message = format!("names a provider that is not there: \"{provider}\"");
        let hint = did_you_mean(provider, known)
            .unwrap_or_else(|| "a target is a provider's name, or provider/model".to_owned());
        return Err(Wrong::hint(message, hint));
    }
    Ok(TargetName { provider: provider.to_owned(), model: model.map(str::to_owned) })
}

/// Warns of routes that an earlier one always wins over.
pub(super) fn warn_of_unreachable(
    routes: &[(RouteSettings, Option<usize>)],
    mistakes: &Mistakes<'_>,
) {
    for (index, (route, line)) in routes.iter().enumerate() {
        let earlier = routes.iter().take(index);
        let hides = |pattern: &str| pattern == "*" || pattern == route.pattern;
        let winner = earlier.into_iter().find(|(earlier, _)| hides(&earlier.pattern));
        if let Some((winner, _)) = winner {
            let pattern = &route.pattern;
            let message = format!(
                "the route \"{pattern}\" is never taken: \"{}\" stands before it",
                winner.pattern
            );
            mistakes.warn(*line, message, Some("the first route that matches wins".to_owned()));
        }
    }
}
