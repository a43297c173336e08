//! One argument a line, as the server gets it.

use super::FlagSet;

pub(super) fn write(set: &FlagSet) -> String {
    set.flags.iter().map(|flag| flag.argument() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::super::example;

    #[test]
    fn quotes_nothing() {
        assert_eq!(
            super::write(&example("a 'b'", "/my pki")),
            "--requestheader-allowed-names=a 'b'\n--proxy-client-key-file=/my pki/front-proxy-client.key\n"
        );
    }
}
