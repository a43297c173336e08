//! Bodies of here-documents.

use super::expand::Variables;
use super::lexer::{self, here_document_parts};
use crate::text::Text;

/// The text that the command behind `<<` gets: expanded as in double quotes, or untouched when the delimiter is quoted.
pub(super) fn decode(document: &lexer::HereDocument, variables: &mut Variables) -> Text {
    if !document.expand {
        return document.body.clone();
    }
    let mut body = document.body.slice(0..0);
    for part in here_document_parts(&document.body) {
        variables.append_quoted(&part, &mut body);
    }
    body
}
