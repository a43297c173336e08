//! Files that others keep in base64, compressed or not: the `data` of a Secret, `encoding: b64` and `gz+b64` of cloud-init,
//! the data URLs of Ignition.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::source::yaml::base64_bytes;
use crate::source::{NotRead, Unread};
use crate::text::{Text, path_unescape};
use crate::x509::pem::base64;

/// What is shorter is a word of another kind; no file with a flag in it is.
const SHORTEST: usize = 40;

/// How gzip begins (RFC 1952, section 2.3.1), and that in base64.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
const ENCODED_GZIP: &str = "H4sI";

/// A manifest becomes three to five times larger. What becomes more than this was made to exhaust whoever unpacks it: a
/// megabyte of it would be a hundred of set-ups.
const MOST_TIMES: u64 = 10;

/// The text that a string keeps in base64 or in a data URL, all of it where the string stands. `None`: it is no such string.
pub(super) fn decoded(text: &Text) -> Option<Result<Text, Unread>> {
    if let Some(start) = plain_data(text.as_str()) {
        let encoded = text.slice(start..text.len());
        return Some(Ok(Text::synthetic(path_unescape(encoded.as_str())?, &encoded.origin())));
    }
    let url = text.as_str().starts_with("data:").then(|| text.as_str().find(";base64,")).flatten();
    let start = url.map_or(0, |at| at + ";base64,".len());
    let encoded = text.slice(start..text.len()).trim();
    let is_encoded = encoded.len() >= SHORTEST && encoded.as_str().chars().all(|c| c.is_whitespace() || is_digit(c));
    let bytes = is_encoded.then(|| base64_bytes(encoded.as_str())).flatten()?;
    let bytes = if bytes.starts_with(&GZIP) {
        match unpacked(&bytes) {
            Ok(bytes) => bytes,
            Err(why) => return Some(Err(packed(&encoded, why))),
        }
    } else {
        bytes
    };
    Some(Ok(Text::synthetic(String::from_utf8(bytes).ok()?, &encoded.origin())))
}

/// Where the data of a URL begins that are percent-encoded, as Butane writes them (RFC 2397). `None`: it is none.
fn plain_data(text: &str) -> Option<usize> {
    let url = text.strip_prefix("data:").filter(|url| !url.contains(char::is_whitespace))?;
    let (media, data) = url.split_once(',')?;
    (!media.ends_with(";base64")).then_some(text.len() - data.len())
}

/// What gzip holds; or why it is not looked into.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let limit = MOST_TIMES.saturating_mul(bytes.len() as u64);
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(limit.saturating_add(1)).read_to_end(&mut unpacked);
    match read {
        Err(error) => Err(format!("it cannot be unpacked ({error})")),
        Ok(read) if read as u64 > limit => Err(format!("it becomes more than {MOST_TIMES} times larger")),
        Ok(_) => Ok(unpacked),
    }
}

/// The objects that a release of Helm has made, all of them where the release stands: JSON within gzip within base64, in the
/// base64 of a Secret (helm.sh/helm, pkg/storage/driver/util.go, `decodeRelease`). `None`: it is not that, or too large.
pub(super) fn helm_manifest(release: &Text) -> Option<Text> {
    #[derive(serde::Deserialize)]
    struct Release {
        manifest: String,
    }

    let packed = base64::decode(&base64::decode(release.as_str().trim().as_bytes())?)?;
    let release_json = unpacked(&packed).ok()?;
    let Release { manifest } = serde_json::from_slice(&release_json).ok()?;
    Some(Text::synthetic(manifest, &release.origin()))
}

fn packed(encoded: &Text, why: String) -> Unread {
    let mention = encoded.slice(0..ENCODED_GZIP.len().min(encoded.len())).origin();
    Unread { name: "a file in gzip".to_owned(), mention, gives: true, reason: NotRead::Packed(why) }
}

/// Whether something in base64 stands in a text that decodes to what is wanted, or may do so when it is unpacked.
pub(super) fn any_decoded(text: &str, is_wanted: impl Fn(&str) -> bool) -> bool {
    // The first bytes tell most of what is no text, such as a certificate.
    const FIRST: usize = 24;
    let runs = text.as_bytes().split(|byte| !is_digit(char::from(*byte)) || *byte == b'=');
    let runs: Vec<&[u8]> = runs.filter(|run| run.len() >= SHORTEST).collect();
    if runs.iter().any(|run| run.starts_with(ENCODED_GZIP.as_bytes())) {
        return true;
    }
    let decoded = |run: &[u8]| base64::decode(run).filter(|bytes| is_text(bytes));
    let begins_as_text = |run: &&&[u8]| run.get(..FIRST).and_then(decoded).is_some();
    let runs = runs.iter().filter(begins_as_text);
    let mut decoded = runs.filter_map(|run| decoded(run.get(..run.len() - run.len() % 4)?));
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
    use std::io::Write as _;

    use ::base64::Engine as _;
    use ::base64::prelude::BASE64_STANDARD;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use crate::source::{Document, NoSurroundings, ReadError, read};
    use crate::text::SourceFile;

    fn read_with(inside: impl AsRef<[u8]>, around: impl Fn(&str) -> String) -> Result<Vec<Document>, ReadError> {
        read(&SourceFile::new("x", around(&BASE64_STANDARD.encode(inside))), None, &NoSurroundings)
    }

    fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text.as_ref()).unwrap();
        encoder.finish().unwrap()
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
            for bytes in [pod.as_bytes().to_vec(), gzip(pod)] {
                let found = read_with(bytes, around).unwrap();
                let [Document::Invocation(server)] = &found[..] else { panic!("{found:?}") };
                assert_eq!(server.arguments[0].text.as_str(), "--requestheader-client-ca-file=/p/ca.crt");
            }
        }
    }

    #[test]
    fn a_file_in_a_data_url_is_read_without_base64_too() {
        let pod = "spec:%20%7Bcontainers:%20%5B%7Bcommand:%20%5Bkube-apiserver,%20--requestheader-client-ca-file=/p/ca.crt%5D%7D%5D%7D%0A";
        let ignition = |source: &str| SourceFile::new("x", format!("{{\"contents\": {{\"source\": \"{source}\"}}}}"));
        for media in ["", "text/plain;charset=utf-8"] {
            let found = read(&ignition(&format!("data:{media},{pod}")), None, &NoSurroundings).unwrap();
            let [Document::Invocation(server)] = &found[..] else { panic!("{found:?}") };
            assert_eq!(server.arguments[0].text.as_str(), "--requestheader-client-ca-file=/p/ca.crt");
        }
        for other in ["data:,%zz", "data: a, b", "data:;base64,%41"] {
            assert!(super::decoded(&super::Text::of(&SourceFile::new("x", other))).is_none(), "{other}");
        }
    }

    #[test]
    fn what_is_not_unpacked_is_said_beside_what_is_read() {
        let pod = "spec: {containers: [{command: [kube-apiserver, --requestheader-client-ca-file=/p/ca.crt]}]}\n";
        let around =
            |data: &str| format!("{pod}---\nwrite_files:\n- {{path: /x, encoding: gz+b64, content: {data}}}\n");
        let mut cut = gzip(pod);
        cut.truncate(50);
        for bytes in [gzip(vec![b' '; 1 << 20]), cut] {
            let found = read_with(bytes, around).unwrap();
            let [Document::Invocation(server), Document::Unread(unread)] = &found[..] else { panic!("{found:?}") };
            assert_eq!((unread.gives, unread.mention.start().0, server.unresolved.len()), (true, 4, 0));
        }
    }

    #[test]
    fn what_helm_has_installed_is_read() {
        let pod =
            "kind: Pod\nspec: {containers: [{command: [kube-apiserver, --requestheader-client-ca-file=/p/ca.crt]}]}\n";
        let release = serde_json::json!({"name": "x", "manifest": format!("---\n{pod}"), "chart": {}}).to_string();
        let inner = BASE64_STANDARD.encode(gzip(release));
        let read = |inner: &str, status: &str| {
            read_with(inner, |data| {
                let secret =
                    format!("kind: Secret\ntype: helm.sh/release.v1\nmetadata: {{labels: {{status: {status}}}}}\n");
                format!("{secret}data: {{release: {data}}}\n---\n{pod}")
            })
        };
        let told = |inner: &str, status: &str| {
            let found = read(inner, status).unwrap();
            let servers = found.iter().filter(|document| matches!(document, Document::Invocation(_))).count();
            (servers, found.len())
        };
        assert_eq!(told(&inner, "deployed"), (2, 2));
        // Another has taken its place.
        assert_eq!(told(&inner, "superseded"), (1, 1));
        let found = read(&inner, "pending-upgrade").unwrap();
        let [Document::Invocation(server), Document::Unread(unread)] = &found[..] else { panic!("{found:?}") };
        assert!(server.unresolved.is_empty(), "{server:?}");
        assert!(unread.to_string().contains("its status is pending-upgrade"), "{unread}");
        // It may give what is not here.
        let found = read("no release", "deployed").unwrap();
        assert!(matches!(&found[..], [Document::Invocation(server)] if !server.unresolved.is_empty()), "{found:?}");
    }

    #[test]
    fn certificates_are_unpacked_too() {
        let ca = include_str!("../../fixtures/inputs/pki-directory/kubeadm/front-proxy-ca.crt");
        let found = read_with(gzip(ca), |data| {
            let entry =
                |name: &str| format!("- {{path: /etc/kubernetes/pki/{name}, encoding: gz+b64, content: {data}}}\n");
            format!("write_files:\n{}{}", entry("ca.crt"), entry("front-proxy-ca.crt"))
        });
        let found = found.unwrap();
        let [Document::Invocation(server)] = &found[..] else { panic!("{found:?}") };
        assert!(server.files.iter().all(|file| file.contents.pem().0.as_deref() == Some(ca.as_bytes())));
        assert_eq!(server.files.len(), 2);
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
