//! The description of the API that the page's types are made from.

use expect_test::expect_file;

#[test]
fn the_page_is_typed_by_the_document_that_is_served() {
    // After a change: UPDATE_EXPECT=1, then `npm run types` in dashboard/.
    expect_file!["../../../../dashboard/openapi.json"].assert_eq(&ironbridge_console::document());
}
