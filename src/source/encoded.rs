//! Files that others keep in base64: the `data` of a Secret, `encoding: b64` of cloud-init, the data URLs of Ignition.

use crate::source::yaml::decode_base64;
use crate::text::Text;
use crate::x509::pem::base64;

/// What is shorter is a word of another kind; no file with a flag in it is.
const SHORTEST: usize = 40;

/// The text that a string keeps in base64, all of it where the string stands. `None`: it is no such string.
pub(super) fn decoded(text: &Text) -> Option<Text> {
    let url = text.as_str().starts_with("data:").then(|| text.as_str().find(";base64,")).flatten();
    let start = url.map_or(0, |at| at + ";base64,".len());
    let encoded = text.slice(start..text.len()).trim();
    let is_encoded = encoded.len() >= SHORTEST && encoded.as_str().chars().all(|c| c.is_whitespace() || is_digit(c));
    let decoded = is_encoded.then(|| decode_base64(&encoded))?;
    (decoded.as_str() != encoded.as_str()).then_some(decoded)
}

/// Whether something in base64 stands in a text that decodes to what is wanted.
pub(super) fn any_decoded(text: &str, is_wanted: impl Fn(&str) -> bool) -> bool {
    // The first bytes tell most of what is no text, such as a certificate.
    const FIRST: usize = 24;
    let runs = text.as_bytes().split(|byte| !is_digit(char::from(*byte)) || *byte == b'=');
    let decoded = |run: &[u8]| base64::decode(run).filter(|bytes| is_text(bytes));
    let begins_as_text = |run: &&[u8]| run.get(..FIRST).and_then(decoded).is_some();
    let texts = runs.filter(|run| run.len() >= SHORTEST).filter(begins_as_text);
    let mut decoded = texts.filter_map(|run| decoded(run.get(..run.len() - run.len() % 4)?));
    decoded.any(|bytes| is_wanted(&String::from_utf8_lossy(&bytes)))
}

/// Whether it has none of the bytes that stand around each name in a certificate, whose CN may be one of our words.
fn is_text(bytes: &[u8]) -> bool {
    const ESCAPE: u8 = 0x1b;
    bytes.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace() || *byte == ESCAPE)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

#[cfg(test)]
mod tests {
    use ::base64::Engine as _;
    use ::base64::prelude::BASE64_STANDARD;

    use crate::source::{Document, NoSurroundings, ReadError, read};
    use crate::text::SourceFile;

    fn read_with(inside: &str, around: impl Fn(&str) -> String) -> Result<Vec<Document>, ReadError> {
        read(&SourceFile::new("x", around(&BASE64_STANDARD.encode(inside))), None, &NoSurroundings)
    }

    #[test]
    fn a_file_in_base64_is_read_wherever_tools_keep_it() {
        let pod = "spec: {containers: [{command: [kube-apiserver, --requestheader-client-ca-file=/p/ca.crt]}]}\n";
        let shapes: [fn(&str) -> String; 4] = [
            |data| format!("kind: Secret\ndata:\n  value: {data}\n"),
            |data| format!("write_files:\n- path: /x.yaml\n  encoding: b64\n  content: {data}\n"),
            |data| format!("{{\"contents\": {{\"source\": \"data:;base64,{data}\"}}}}"),
            |data| {
                let lines: Vec<&str> = data.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
                format!("content: |\n  {}\n", lines.join("\n  "))
            },
        ];
        for around in shapes {
            let found = read_with(pod, around).unwrap();
            let [Document::Invocation(server)] = &found[..] else { panic!("{found:?}") };
            assert_eq!(server.arguments[0].text.as_str(), "--requestheader-client-ca-file=/p/ca.crt");
        }
    }

    #[test]
    fn what_is_not_read_of_it_is_named_by_its_flag() {
        let inside = "[x]\nrequestheader-client-ca-file = '/p/ca.crt'\n";
        let found = read_with(inside, |data| format!("data: {{x: {data}}}\n"));
        let Err(ReadError::NotASetup(unread)) = found else { panic!("{found:?}") };
        assert_eq!((unread.name.as_str(), unread.gives), ("requestheader-client-ca-file", true));
    }

    #[test]
    fn names_in_a_certificate_are_no_words_of_a_file() {
        let ca = include_str!("../../fixtures/inputs/pki-directory/kubeadm/front-proxy-ca.crt");
        assert!(!super::any_decoded(ca, |text| text.contains("-proxy-ca")));
    }

    #[test]
    fn other_strings_are_left_alone() {
        for text in [
            "x: aGVsbG8gd29ybGQsIHRoaXMgaXMgbm90aGluZyBvZiBvdXJzLCByZWFsbHk=\n",
            "x: /a/long/path/that/is/no/text/in/base64/at/all\n",
        ] {
            let found = read(&SourceFile::new("x", text), None, &NoSurroundings);
            assert!(matches!(found, Err(ReadError::Unrecognised { .. })), "{found:?}");
        }
    }
}
