//! The models that a provider lists.

use crate::percent::push_encoded;
use ironbridge_wire::models::{ModelEntry, next_page, read_list};
use ironbridge_wire::{ApiError, ErrorKind};
use serde_json::Value;

/// The largest list that is read, in bytes: OpenRouter's is 1 MB.
pub(crate) const LIST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most pages of a list that are read; one of Anthropic's holds up to 1,000 models.
pub(crate) const PAGES_MAX: usize = 10;

/// A provider's list of models, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelList {
    /// The models.
    pub models: Vec<ModelEntry>,
}

impl ModelList {
    /// Whether the list has a model of exactly this name.
    #[must_use]
    pub fn lists(&self, id: &str) -> bool {
        self.get(id).is_some()
    }

    /// The model of exactly this name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&ModelEntry> {
        self.models.iter().find(|model| model.id == id)
    }

    /// Takes in a page. The query of the next one, if there is one.
    pub(crate) fn read_page(&mut self, body: &[u8]) -> Result<Option<String>, ApiError> {
        let document: Value = serde_json::from_slice(body).map_err(|error| {
            ApiError::new(ErrorKind::BadGateway, format!("it is not JSON: {error}"))
        })?;
        self.models.extend(read_list(&document)?);
        Ok(next_page(&document).map(query_after).filter(|_| !self.models.is_empty()))
    }
}

/// The query of the first page. Anthropic lists 20 models unless asked for more, and at most 1,000.
pub(crate) fn first_query() -> String {
    "limit=1000".to_owned()
}

/// The query of the page after the model `id`.
fn query_after(id: &str) -> String {
    let mut query = first_query() + "&after_id=";
    push_encoded(&mut query, id);
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another() {
        let mut list = ModelList::default();
        let first = br#"{"data":[{"id":"a"},{"id":"b c"}],"has_more":true,"last_id":"b c"}"#;
        assert_eq!(list.read_page(first).unwrap().as_deref(), Some("limit=1000&after_id=b%20c"));
        let second = br#"{"object":"list","data":[{"id":"d"}],"has_more":false}"#;
        assert_eq!(list.read_page(second).unwrap(), None);
        assert!(list.lists("a") && list.lists("d") && !list.lists("x"));
        assert!(list.read_page(b"<html>").is_err());
        assert!(list.read_page(br#"{"error":{"message":"no"}}"#).is_err());
    }
}
