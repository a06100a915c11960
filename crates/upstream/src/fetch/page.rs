//! What an HTML page says: its title, its links, its text or Markdown.

use dom_query::{Document, Matcher, Selection};
use schemars::JsonSchema;
use serde::Serialize;
use url::Url;

use super::{FetchError, Fetched, LINKS_MAX, PageFormat};

/// What is said of a link, in characters.
const LINK_TEXT_CHARACTERS: usize = 200;

/// Elements that carry no text for a reader.
const SKIPPED: &[&str] =
    &["script", "style", "meta", "head", "noscript", "template", "svg", "iframe", "object"];

/// Blocks that the parser's Markdown takes for inline, so that the last word of one and the first of the next would be
/// one word.
const BLOCKS: &str = "address, aside, dd, details, dt, fieldset, figcaption, figure, footer, form, header, hgroup, \
                      main, nav, search, summary";

/// Elements deeper than this make a page unreadable: the Markdown is written by a function that calls itself, and the
/// stack of a thread is finite. Browsers stop at 512.
const DEPTH_MAX: usize = 512;

/// A link of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageLink {
    /// What it says, at most 200 characters.
    pub text: String,
    /// Where it leads, absolute.
    pub url: String,
}

/// A CSS selector, with its text.
pub(super) struct Selector {
    text: String,
    matcher: Matcher,
}

pub(super) fn selector(text: &str) -> Result<Selector, FetchError> {
    let wrong = || FetchError::Selector { selector: text.to_owned() };
    let matcher = Matcher::new(text).map_err(|_| wrong())?;
    Ok(Selector { text: text.to_owned(), matcher })
}

/// Turns the HTML in `page.text` into what was asked for, and fills in what the page says of itself.
pub(super) fn read(
    page: &mut Fetched,
    url: &Url,
    format: PageFormat,
    selector: Option<&Selector>,
) -> Result<(), FetchError> {
    let document = Document::from(page.text.as_str());
    if is_too_deep(&document) {
        let reason = format!("its elements are nested more than {DEPTH_MAX} deep");
        return Err(FetchError::Unreadable { reason });
    }
    let title = document.select("head > title").text();
    page.title = Some(one_line(&title)).filter(|title| !title.is_empty());
    let base = document
        .select("head > base[href]")
        .attr("href")
        .and_then(|href| url.join(&href).ok())
        .unwrap_or_else(|| url.clone());
    // Chosen before the tree is changed, so that a selector means the page as it was sent.
    let chosen = match selector {
        None => document.select("body"),
        Some(selector) => document.select_matcher(&selector.matcher),
    };
    if let Some(selector) = selector.filter(|_| chosen.is_empty()) {
        let (url, selector) = (url.to_string(), selector.text.clone());
        return Err(FetchError::NothingSelected { url, selector });
    }
    page.format = Some(format);
    page.links = links(&chosen.select("a[href]").add_selection(&chosen.filter("a[href]")), &base);
    match (format, selector) {
        (PageFormat::Html, None) => {}
        (PageFormat::Html, Some(_)) => page.text = parts(&chosen, format),
        _ => {
            prepare(&document, &base);
            page.text = parts(&chosen, format);
        }
    }
    Ok(())
}

/// Each selected part that does not lie inside another, with an empty line between.
fn parts(selected: &Selection<'_>, format: PageFormat) -> String {
    let nodes = selected.nodes();
    let outermost = nodes.iter().filter(|node| {
        !nodes.iter().any(|other| {
            other.id != node.id && node.ancestors(None).iter().any(|a| a.id == other.id)
        })
    });
    let texts: Vec<String> = outermost
        .map(|node| match format {
            PageFormat::Html => node.html().to_string(),
            PageFormat::Markdown => node.md(Some(SKIPPED)).trim().to_owned(),
            PageFormat::Text => visible_text(&Selection::from(*node)),
        })
        .collect();
    texts.join("\n\n")
}

/// Makes the tree what a reader of the text needs: links that lead somewhere from outside the page, blocks apart.
fn prepare(document: &Document, base: &Url) {
    for (element, attribute) in [("a[href]", "href"), ("img[src]", "src")] {
        for found in &document.select(element) {
            let target = found.attr(attribute).and_then(|href| base.join(href.trim()).ok());
            match target.filter(|url| matches!(url.scheme(), "http" | "https" | "mailto")) {
                Some(url) => found.set_attr(attribute, url.as_str()),
                None => found.remove_attr(attribute),
            }
        }
    }
    document.select(BLOCKS).rename("div");
}

fn visible_text(selection: &Selection<'_>) -> String {
    for name in SKIPPED {
        selection.select(name).remove();
    }
    selection.formatted_text().trim().to_owned()
}

fn links(anchors: &Selection<'_>, base: &Url) -> Vec<PageLink> {
    let mut links: Vec<PageLink> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for anchor in anchors {
        if links.len() == LINKS_MAX {
            break;
        }
        let Some(url) = anchor.attr("href").and_then(|href| base.join(href.trim()).ok()) else {
            continue;
        };
        let leads_out = matches!(url.scheme(), "http" | "https");
        let mut page = url.clone();
        page.set_fragment(None);
        // A link into the page itself leads nowhere new.
        if !leads_out || &page == base || !seen.insert(url.to_string()) {
            continue;
        }
        let text = one_line(&anchor.text()).chars().take(LINK_TEXT_CHARACTERS).collect();
        links.push(PageLink { text, url: url.into() });
    }
    links
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Walks the tree without calling itself.
fn is_too_deep(document: &Document) -> bool {
    let mut next = Some(document.root());
    let mut depth = 0_usize;
    while let Some(node) = next {
        if depth > DEPTH_MAX {
            return true;
        }
        if let Some(child) = node.first_child() {
            depth += 1;
            next = Some(child);
            continue;
        }
        let mut climbing = Some(node);
        next = None;
        while let Some(node) = climbing {
            if let Some(sibling) = node.next_sibling() {
                next = Some(sibling);
                break;
            }
            depth = depth.saturating_sub(1);
            climbing = node.parent();
        }
    }
    false
}
