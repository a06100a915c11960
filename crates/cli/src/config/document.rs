//! Small readings of the TOML tree.

use toml_edit::{Item, TableLike};

use super::mistake::Mistakes;

/// The line of a key of `table`.
pub(super) fn entry_line(
    table: &dyn TableLike,
    name: &str,
    mistakes: &Mistakes<'_>,
) -> Option<usize> {
    let (key, item) = table.get_key_value(name)?;
    mistakes.line(key.span().or_else(|| item.span()))
}

/// The tables of `[[name]]`, or of `name = [{…}, {…}]`, each with its line; `None` if `item` is neither.
pub(super) fn tables<'a>(
    item: &'a Item,
    mistakes: &Mistakes<'_>,
) -> Option<Vec<(&'a dyn TableLike, Option<usize>)>> {
    if let Some(tables) = item.as_array_of_tables() {
        let line = |table: &toml_edit::Table| mistakes.line(table.span());
        return Some(tables.iter().map(|table| (table as &dyn TableLike, line(table))).collect());
    }
    let values = item.as_array()?.iter();
    values
        .map(|value| {
            let table = value.as_inline_table()?;
            Some((table as &dyn TableLike, mistakes.line(value.span())))
        })
        .collect()
}
