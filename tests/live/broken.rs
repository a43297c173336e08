//! What a rule of the level error calls broken is broken on a real server, and works after the rule's own fix.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use aggcert::lint::Target;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose};

use crate::attacks::apply;
use crate::commands::{aggcert, lines};
use crate::harness::{Authority, Client, ControlPlane, KubeApiserver, SAMPLE, Servers, eventually};
use crate::model;

/// What is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lacks {
    /// The server ends at once.
    Start,
    /// The server itself does not believe its proxy client what an extension server should.
    Trust,
    /// An aggregated request is not answered.
    Answer,
}

/// A healthy front proxy, and what spoils it.
type Row = (&'static str, Lacks, fn(&mut Front));

/// The files that `init` made, the flags for them, and the CA.
struct Front {
    directory: PathBuf,
    flags: Vec<String>,
    authority: Authority,
}

impl Front {
    fn new(control_plane: &ControlPlane, name: &str) -> Self {
        aggcert(control_plane.path(), &["init", name]);
        let flags = lines(&aggcert(control_plane.path(), &["flags", name]));
        let directory = control_plane.file(name);
        let authority = Authority::load(&directory, "front-proxy-ca");
        Self { directory, flags, authority }
    }

    fn proxy(&self) -> Client {
        let file = |ending: &str| self.directory.join(format!("front-proxy-client.{ending}"));
        Client { certificate: file("crt"), key: file("key") }
    }

    /// Another certificate in the proxy client's place.
    fn present(&self, client: &Client) {
        let proxy = self.proxy();
        fs::copy(&client.certificate, proxy.certificate).unwrap();
        fs::copy(&client.key, proxy.key).unwrap();
    }

    /// The CA and a client of it that differ from the usual ones.
    fn reissue(&self, change: fn(&mut CertificateParams)) {
        let authority = Authority::changed(&self.directory, "front-proxy-ca", change);
        self.present(&authority.client("front-proxy-client", &[]));
    }

    fn flag(&mut self, name: &str, value: Option<&str>) {
        let name = format!("--{name}");
        self.flags.retain(|flag| flag.split('=').next() != Some(&name));
        self.flags.extend(value.map(|value| format!("{name}={value}")));
    }
}

fn client(usage: ExtendedKeyUsagePurpose) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "front-proxy-client");
    parameters.extended_key_usages = vec![usage];
    parameters
}

/// A client that is signed with SHA-1, as rcgen signs nothing.
fn signed_with_sha1(front: &Front) {
    let proxy = front.proxy();
    let [request, certificate] = ["csr", "sha1"].map(|ending| proxy.certificate.with_extension(ending));
    let openssl = |arguments: &[&str], files: &[(&str, &PathBuf)]| {
        let files = files.iter().flat_map(|(option, file)| [option.to_string(), file.display().to_string()]);
        let output = Command::new("openssl").args(arguments).args(files).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    openssl(&["req", "-new", "-subj", "/CN=front-proxy-client"], &[("-key", &proxy.key), ("-out", &request)]);
    let authority = &front.authority;
    openssl(
        &["x509", "-req", "-sha1", "-days", "30"],
        &[("-in", &request), ("-CA", &authority.certificate), ("-CAkey", &authority.key), ("-out", &certificate)],
    );
    fs::rename(certificate, proxy.certificate).unwrap();
}

const ROWS: &[Row] = &[
    ("proxy-client-key-mismatch", Lacks::Start, |front| {
        let other = front.authority.client("other", &[]);
        fs::copy(other.key, front.proxy().key).unwrap();
    }),
    ("allowed-names-blank-entry", Lacks::Start, |front| {
        front.flag("requestheader-allowed-names", Some("front-proxy-client,"));
    }),
    ("literal-quotes", Lacks::Start, |front| {
        let quoted = format!("\"{}\"", front.authority.certificate.display());
        front.flag("requestheader-client-ca-file", Some(&quoted));
    }),
    ("ca-bundle-unreadable", Lacks::Start, |front| {
        let path = &front.authority.certificate;
        let der = pem::parse(fs::read(path).unwrap()).unwrap();
        fs::write(path, der.contents()).unwrap();
    }),
    ("proxy-client-untrusted", Lacks::Trust, |front| {
        let other = Authority::new(front.directory.parent().unwrap(), "other-ca");
        front.present(&other.client("front-proxy-client", &[]));
    }),
    ("proxy-client-name-not-allowed", Lacks::Trust, |front| {
        front.flag("requestheader-allowed-names", Some("aggregator"));
    }),
    ("proxy-client-usage", Lacks::Trust, |front| {
        front.present(&front.authority.issue("usage", &client(ExtendedKeyUsagePurpose::ServerAuth)));
    }),
    ("proxy-client-expired", Lacks::Trust, |front| {
        let mut parameters = client(ExtendedKeyUsagePurpose::ClientAuth);
        parameters.not_after = rcgen::date_time_ymd(2020, 1, 1);
        front.present(&front.authority.issue("expired", &parameters));
    }),
    ("weak-signature", Lacks::Trust, |front| signed_with_sha1(front)),
    ("ca-expired", Lacks::Trust, |front| {
        front.reissue(|parameters| parameters.not_after = rcgen::date_time_ymd(2020, 1, 1));
    }),
    ("ca-cannot-sign", Lacks::Trust, |front| {
        front.reissue(|parameters| parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature]);
    }),
    ("requestheader-ca-missing", Lacks::Trust, |front| front.flag("requestheader-client-ca-file", None)),
    ("requestheader-headers-missing", Lacks::Trust, |front| front.flag("requestheader-username-headers", None)),
    ("requestheader-headers-nonstandard", Lacks::Trust, |front| {
        front.flag("requestheader-username-headers", Some("X-User"));
    }),
    ("proxy-client-missing", Lacks::Answer, |front| front.flag("proxy-client-key-file", None)),
];

/// Whether the server takes its own proxy client for one.
fn is_trusted(server: &KubeApiserver<'_>, proxy: &Client) -> bool {
    server.whoami(Some(proxy), &[("X-Remote-User", "alice")]).username().as_deref() == Some("alice")
}

fn is_broken(control_plane: &ControlPlane, lacks: Lacks, front: &Front) -> bool {
    if lacks == Lacks::Start {
        return control_plane.try_kube_apiserver(&front.flags).is_err();
    }
    let server = control_plane.kube_apiserver(&front.flags);
    if lacks == Lacks::Trust {
        return !is_trusted(&server, &front.proxy());
    }
    let _extension = control_plane.extension(&server);
    // The aggregator finds out when it asks as what it is to the extension server: nobody.
    eventually("the APIService is unavailable", || SAMPLE.condition(&server).0 == "FailedDiscoveryCheck");
    server.admin("GET", SAMPLE.collection, None).status == 503
}

fn breaks_and_is_fixed(control_plane: &ControlPlane, (rule, lacks, spoil): Row) {
    let mut front = Front::new(control_plane, rule);
    spoil(&mut front);
    let version = control_plane.servers.version();
    let errors = |flags: &[String]| {
        let setup = model::setup(flags, "/".as_ref(), &version);
        model::errors(rule, Target::Server(&setup), &[])
    };
    let findings = errors(&front.flags);
    let finding = findings.first().unwrap_or_else(|| panic!("{rule} finds nothing in {:?}", front.flags));
    assert!(is_broken(control_plane, lacks, &front), "{rule}: it works with {:?}", front.flags);

    front.flags = apply(&finding.fix, &front.flags);
    assert!(errors(&front.flags).is_empty(), "{rule}: `{}` leaves {:?}", finding.fix, errors(&front.flags));
    let server = control_plane.kube_apiserver(&front.flags);
    if lacks == Lacks::Answer {
        let _extension = control_plane.extension(&server);
        SAMPLE.answers(&server, 200);
    }
    assert!(is_trusted(&server, &front.proxy()), "{rule}: `{}` does not help", finding.fix);
}

#[test]
fn what_is_called_broken_is_broken_until_it_is_fixed() {
    let Some(servers) = Servers::find_with(SAMPLE.program) else { return };
    let control_plane = ControlPlane::new(&servers);
    for row in ROWS {
        breaks_and_is_fixed(&control_plane, *row);
    }
}
