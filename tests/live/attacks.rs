//! Each attack that a rule of the level error claims succeeds on a real server, and fails after the rule's own fix.

use std::fs;
use std::path::Path;

use aggcert::lint::{Fix, Target};

use crate::commands::{aggcert, front_proxy_flags, lines, shell};
use crate::harness::{Authority, Client, ControlPlane, KubeApiserver, Request, Servers};
use crate::model;

/// A set-up with a flaw, and who makes use of it.
struct Attack {
    /// What finds it.
    rule: &'static str,
    flags: Vec<String>,
    attacker: Client,
    headers: Vec<(&'static str, &'static str)>,
    /// Whom to look out for afterwards, where that is somebody else: by the directory of the new CA.
    attacker_afterwards: Option<fn(&Path) -> Client>,
}

/// What an attacker adds to be what nobody made them.
pub(crate) const ADMIN_HEADERS: [(&str, &str); 2] =
    [("X-Remote-User", "system:admin"), ("X-Remote-Group", "system:masters")];

/// The two CA files, the names, and the standard headers.
pub(crate) fn flags(client_ca: &Path, requestheader_ca: &Path, names: &str) -> Vec<String> {
    let mut flags = vec![
        format!("--client-ca-file={}", client_ca.display()),
        format!("--requestheader-client-ca-file={}", requestheader_ca.display()),
        "--requestheader-username-headers=X-Remote-User".to_owned(),
        "--requestheader-group-headers=X-Remote-Group".to_owned(),
        "--requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned(),
    ];
    if !names.is_empty() {
        flags.push(format!("--requestheader-allowed-names={names}"));
    }
    flags
}

impl Attack {
    fn new(rule: &'static str, flags: Vec<String>, attacker: Client) -> Self {
        Self { rule, flags, attacker, headers: ADMIN_HEADERS.to_vec(), attacker_afterwards: None }
    }

    /// Whether the server lets the attacker read every Secret: only system:masters may, here.
    fn succeeds(&self, server: &KubeApiserver<'_>, attacker: &Client) -> bool {
        let headers = self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request { client: Some(attacker), headers, ..Request::default() };
        let answer = server.send("/api/v1/secrets", request);
        assert!([200, 401, 403].contains(&answer.status), "{}: {} {}", self.rule, answer.body, answer.error);
        answer.status == 200
    }

    /// Runs the attack, applies what the finding says, and runs it again.
    fn run(&self, control_plane: &ControlPlane) {
        let Self { rule, flags, .. } = self;
        let version = control_plane.servers.version();
        let setup = model::setup(flags, Path::new("/"), &version);
        let findings = model::errors(rule, Target::Server(&setup), &[]);
        let finding = findings.first().unwrap_or_else(|| panic!("{rule} finds nothing in {flags:?}"));
        // A key that somebody reads is no matter of the model.
        let is_shown = finding.demonstration.is_some() || *rule == "private-key-in-bundle";
        assert!(is_shown, "{rule} does not show what it claims: {finding:?}");
        assert!(
            self.succeeds(&control_plane.kube_apiserver(flags), &self.attacker),
            "{rule}: the attack fails with {flags:?}"
        );

        let fixed = apply(&finding.fix, flags);
        let setup = model::setup(&fixed, Path::new("/"), &version);
        let left = model::errors(rule, Target::Server(&setup), &[]);
        assert!(left.is_empty(), "{rule}: `{}` leaves {left:?}", finding.fix);
        let directory = self.attacker.certificate.parent().unwrap();
        let attacker = self.attacker_afterwards.map_or_else(|| self.attacker.clone(), |attacker| attacker(directory));
        let server = control_plane.kube_apiserver(&fixed);
        assert!(!self.succeeds(&server, &attacker), "{rule}: `{}` does not help", finding.fix);
    }
}

/// Does what a fix says: its commands, and its flags in the place of those of the same names.
pub(crate) fn apply(fix: &Fix, flags: &[String]) -> Vec<String> {
    for command in &fix.commands {
        // The paths in it are absolute, and nothing is asked of a cluster.
        shell(Path::new("/"), "none", command);
    }
    let new = &fix.flags;
    let name = |flag: &str| flag.split('=').next().unwrap_or_default().to_owned();
    let kept = flags.iter().filter(|flag| !new.iter().any(|new| name(new) == name(flag)));
    kept.chain(new).cloned().collect()
}

/// Every way in which a client CA can come to be trusted as the requestheader CA too.
fn attacks(control_plane: &ControlPlane) -> Vec<Attack> {
    let directory = |name: &str| {
        let directory = control_plane.file(name);
        fs::create_dir(&directory).unwrap();
        directory
    };
    let any = |ca: &Authority| ca.client("mallory", &[]);
    let named = |ca: &Authority| ca.client("front-proxy-client", &[]);

    let same = Authority::new(&directory("same-file"), "ca");
    let reissued = Authority::new(&directory("same-key"), "ca");
    let below = Authority::new(&directory("below"), "root");
    let issuing = below.intermediate("ca");
    let sent = any(&issuing).sending(&issuing.certificate);
    let bundle = directory("bundle");
    let [client_ca, front_proxy_ca] = ["ca", "requestheader-ca"].map(|name| Authority::new(&bundle, name));
    let both = [&client_ca, &front_proxy_ca].map(|ca| fs::read(&ca.certificate).unwrap()).concat();
    let both = control_plane.write("bundle/both.crt", both);
    let root = Authority::new(&directory("above"), "ca");
    let one_key = Authority::new(&directory("one-key"), "ca");
    let renamed = one_key.renamed("requestheader-ca");

    vec![
        Attack::new("ca-reused", flags(&same.certificate, &same.certificate, "front-proxy-client"), named(&same)),
        Attack::new(
            "ca-reused",
            flags(&both, &front_proxy_ca.certificate, "front-proxy-client"),
            named(&front_proxy_ca),
        ),
        // Who has stolen the key behind the client CA.
        Attack::new(
            "ca-key-reused",
            flags(&one_key.certificate, &renamed.certificate, "front-proxy-client"),
            named(&one_key.renamed("requestheader-ca")),
        ),
        Attack::new("identity-spoofable", flags(&reissued.certificate, &reissued.reissued(), ""), any(&reissued)),
        Attack::new("identity-spoofable", flags(&issuing.certificate, &below.certificate, ""), sent),
        logs_in(&root),
        key_in_bundle(control_plane),
    ]
}

/// The CA's key in the file that every node and every reader of a manifest gets: who reads it signs front proxies.
fn key_in_bundle(control_plane: &ControlPlane) -> Attack {
    aggcert(control_plane.path(), &["init", "key-in-bundle"]);
    let printed = aggcert(control_plane.path(), &["flags", "key-in-bundle"]);
    let front = Authority::load(&control_plane.file("key-in-bundle"), "front-proxy-ca");
    let attacker = front.client("front-proxy-client", &[]);
    let both = [&front.certificate, &front.key].map(|file| fs::read(file).unwrap()).concat();
    fs::write(&front.certificate, both).unwrap();
    Attack::new("private-key-in-bundle", lines(&printed), attacker)
}

/// The requestheader CA below the client CA: its certificates are users, and their organisations are groups.
fn logs_in(root: &Authority) -> Attack {
    let front_proxy_ca = root.intermediate("requestheader-ca");
    let admin = |ca: &Authority| ca.client("mallory", &["system:masters"]).sending(&ca.certificate);
    Attack {
        rule: "requestheader-ca-logs-in",
        flags: flags(&root.certificate, &front_proxy_ca.certificate, "front-proxy-client"),
        attacker: admin(&front_proxy_ca),
        headers: Vec::new(),
        // The old CA goes on signing users; the new one must not.
        attacker_afterwards: Some(|directory| {
            let ca = Authority::load(directory, "front-proxy-ca");
            ca.client("mallory", &["system:masters"]).sending(&ca.certificate)
        }),
    }
}

#[test]
fn attacks_succeed_until_they_are_fixed() {
    let Some(servers) = Servers::find() else { return };
    let control_plane = ControlPlane::new(&servers);
    for attack in attacks(&control_plane) {
        attack.run(&control_plane);
    }
}

/// The opposite: where nothing is shared nothing succeeds, so that the attacks above show something.
#[test]
fn attacks_fail_where_nothing_is_shared() {
    let Some(servers) = Servers::find() else { return };
    let control_plane = ControlPlane::new(&servers);
    let client_ca = control_plane.authority("ca");
    let mut flags = front_proxy_flags(control_plane.path());
    flags.push(format!("--client-ca-file={}", client_ca.certificate.display()));
    let server = control_plane.kube_apiserver(&flags);
    for attacker in [client_ca.client("front-proxy-client", &[]), client_ca.client("mallory", &["nobody"])] {
        assert!(!Attack::new("ca-reused", flags.clone(), attacker.clone()).succeeds(&server, &attacker));
    }
}
