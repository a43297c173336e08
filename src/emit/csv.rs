//! pflag reads a list flag as one CSV record (spf13/pflag, `readAsCSV`).

/// A list of one value.
pub(super) fn record(value: &str) -> String {
    // Go's csv.Reader keeps spaces and needs quotes for its own two characters alone; line breaks are refused before.
    if value.contains([',', '"']) { format!("\"{}\"", value.replace('"', "\"\"")) } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_go_would_take_apart() {
        assert_eq!(record("front-proxy-client"), "front-proxy-client");
        assert_eq!(record(" a 'b' "), " a 'b' ");
        assert_eq!(record("a,b"), r#""a,b""#);
        assert_eq!(record(r#"the "proxy""#), r#""the ""proxy""""#);
    }
}
