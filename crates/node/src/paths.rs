//! Paths of files, as one text: of tens of thousands JavaScript makes strings quicker by splitting than a parser of JSON.

use ironbridge_tools::Failure;
use ironbridge_tools::search::{ListInput, Order, RawList, list_raw};
use serde::Deserialize;

use crate::answer::Answer;
use crate::operation::Call;

/// Between two paths: a name may hold a newline.
const SEPARATOR: u8 = 0;

/// A list, and in which order.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PathsInput {
    order: Option<PathsOrder>,
    list: ListInput,
}

/// `none` is as they come: quickest.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
enum PathsOrder {
    None,
    Path,
    Newest,
}

impl PathsInput {
    /// The paths that a way of listing gives.
    pub(crate) fn answer(
        self,
        list: impl FnOnce(&ListInput, u8) -> Result<RawList, Failure>,
    ) -> Result<Answer, Failure> {
        let (order, mut input) = (self.order.unwrap_or(PathsOrder::Path), self.list);
        let asked = input.limit;
        if order == PathsOrder::Newest {
            input.order = Order::Newest;
        }
        let paths = if order == PathsOrder::None {
            list(&input, SEPARATOR)?.paths
        } else {
            // Those of the limit are the first only once all are there.
            input.limit = None;
            list(&input, SEPARATOR)?.sorted(SEPARATOR, asked).paths
        };
        let mut text = String::from_utf8(paths)
            .unwrap_or_else(|paths| String::from_utf8_lossy(paths.as_bytes()).into_owned());
        // The last one has its separator, too.
        text.pop();
        Ok(Answer::of_text(text))
    }
}

/// By a walk.
pub(crate) fn list_paths(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: PathsInput = call.input()?;
    let (workspace, control) = (call.workspace()?, call.control);
    input.answer(|input, separator| Ok(list_raw(&workspace, input, separator, control)?))
}
