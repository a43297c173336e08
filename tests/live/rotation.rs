//! Nothing fails while the client is renewed, and while its CA is replaced by the printed commands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::commands::{aggcert, lines, shell};
use crate::harness::{
    Client, Companion, ControlPlane, FLUNDERS, KubeApiserver, Load, Request, Servers, eventually, flunders_answer,
};
use crate::kubeadm;

/// Where a test works, and where the server of the same node reads.
const NODES: [(&str, &str); 2] = [("a", "node-a"), ("b", "node-b")];

/// How long a load goes on, in all.
const REQUESTS: usize = 3000;

/// kube-apiserver looks once a minute whether the ConfigMap lacks a CA that it has (pkg/controlplane/controller/
/// clusterauthenticationtrust, `Run`).
pub(crate) const LOOP: Duration = Duration::from_secs(61);

/// The flags for a directory; with them the server says what it loads.
fn flags(control_plane: &ControlPlane, directory: &str) -> Vec<String> {
    let mut flags = lines(&aggcert(control_plane.path(), &["flags", directory]));
    flags.push("--v=2".to_owned());
    flags
}

/// How often a server has loaded its proxy client (apiserver, dynamiccertificates, `DynamicCertKeyPairContent`).
fn loaded(server: &KubeApiserver<'_>) -> usize {
    let log = server.process.log();
    log.lines().filter(|line| line.contains("Loaded a new cert/key pair") && line.contains("aggregator-proxy")).count()
}

/// The client in a directory, in files of its own.
fn client_of(control_plane: &ControlPlane, directory: &str) -> Client {
    let [certificate, key] = ["crt", "key"].map(|extension| {
        let bytes = fs::read(control_plane.file(directory).join(format!("front-proxy-client.{extension}"))).unwrap();
        control_plane.write(&format!("{directory}-client.{extension}"), bytes)
    });
    Client { certificate, key }
}

#[test]
fn ten_renewals_in_ten_seconds_are_noticed_and_nothing_fails() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let control_plane = ControlPlane::new(&servers);
    aggcert(control_plane.path(), &["init", "pki"]);
    let nodes = [(); 2].map(|()| control_plane.kube_apiserver(&flags(&control_plane, "pki")));
    let _extension = control_plane.extension(&nodes[0]);
    nodes.iter().for_each(|node| flunders_answer(node, 200));
    let loads = nodes.each_ref().map(|node| Load::start(&control_plane, node, 20));
    sleep(Duration::from_secs(1));
    let before = nodes.each_ref().map(loaded);
    for renewal in 1..=10 {
        let begin = Instant::now();
        aggcert(control_plane.path(), &["renew", "pki"]);
        let renewed = Instant::now();
        let noticed = |(node, before): (&KubeApiserver<'_>, &usize)| loaded(node) >= before + renewal;
        eventually("the new client is loaded on both nodes", || nodes.iter().zip(&before).all(noticed));
        assert!(renewed.elapsed() < Duration::from_secs(1), "renewal {renewal}: {:?}", renewed.elapsed());
        sleep(Duration::from_secs(1).saturating_sub(begin.elapsed()));
    }
    nodes.iter().for_each(|node| flunders_answer(node, 200));
    for served in loads.map(|load| load.served()) {
        assert!(served.requests > 100 && served.failed.is_empty(), "{served:?}");
    }
}

/// Two nodes, an extension server, and the copies of the nodes' directories that the commands work on.
struct Rotation<'a> {
    control_plane: &'a ControlPlane,
    nodes: [KubeApiserver<'a>; 2],
    extension: Companion,
}

impl<'a> Rotation<'a> {
    fn new(control_plane: &'a ControlPlane) -> Self {
        let path = control_plane.path();
        aggcert(path, &["init", "a"]);
        fs::create_dir(control_plane.file("b")).unwrap();
        for name in ["front-proxy-ca.crt", "front-proxy-ca.key"] {
            fs::copy(control_plane.file("a").join(name), control_plane.file("b").join(name)).unwrap();
        }
        aggcert(path, &["init", "b"]);
        NODES.iter().for_each(|(copy, served)| copy_all(&control_plane.file(copy), &control_plane.file(served)));
        let nodes = NODES.map(|(_, served)| control_plane.kube_apiserver(&flags(control_plane, served)));
        let extension = control_plane.extension(&nodes[0]);
        nodes.iter().for_each(|node| flunders_answer(node, 200));
        Self { control_plane, nodes, extension }
    }

    fn command(&self, action: &str, arguments: &[String]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
        command.current_dir(self.control_plane.path()).args(["rotate", action, "a", "b"]).args(arguments);
        command
    }

    fn status(&self, evidence: &[String]) -> Value {
        let output = self.command("status", evidence).args(["--format", "json"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Takes a step in a run that is killed, and goes on with the same command until it is done.
    fn reach(&self, action: &str, arguments: &[String], is_done: impl Fn(&Value) -> bool) {
        let mut killed = self.command(action, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(30));
        killed.kill().unwrap();
        killed.wait().unwrap();
        for _ in 0..2 {
            if is_done(&self.status(&[])) {
                return;
            }
            let output = self.command(action, arguments).output().unwrap();
            assert!(output.status.success(), "{action}: {}", String::from_utf8_lossy(&output.stderr));
        }
        assert!(is_done(&self.status(&[])), "{action}: {}", self.status(&[]));
    }

    /// What the wrong order gets.
    fn refusal(&self, arguments: &[String]) -> String {
        let output = self.command("next", arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }

    /// Brings the files to the servers by the printed commands, twice.
    fn deliver(&self) {
        let output = self.command("status", &[]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let copies: Vec<&str> = text.lines().filter(|line| line.starts_with("    scp ")).collect();
        assert_eq!(copies.len(), NODES.len(), "{text}");
        for (copy, served) in copies.into_iter().zip(NODES.map(|(_, served)| served)).cycle().take(2 * NODES.len()) {
            // scp writes in place, as cp does.
            let command = copy.replace("scp ", "cp ").replace("root@NODE:/etc/kubernetes/pki/", served);
            self.shell(&command);
        }
        self.works_with_kubeadm();
    }

    fn shell(&self, command: &str) {
        shell(self.control_plane.path(), &self.nodes[1].kubeconfig(), command);
    }

    /// kubeadm keeps a node's files in every phase, and renews the client by the CA that signs.
    fn works_with_kubeadm(&self) {
        for (copy, _) in NODES {
            let node = kubeadm::Node::new(&self.control_plane.servers);
            copy_all(&self.control_plane.file(copy), &node.pki());
            node.keeps_and_renews(copy);
        }
    }

    fn config_map(&self) -> String {
        let path = self.control_plane.file("cm.json");
        fs::write(&path, self.nodes[1].extension_apiserver_authentication().to_string()).unwrap();
        format!("--config-map={}", path.display())
    }

    /// What the servers say, by the commands of the documentation.
    fn evidence(&self) -> Vec<String> {
        let names = ["a", "b", "sample"];
        let urls = [&self.nodes[0].url, &self.nodes[1].url, &self.extension.url];
        // Whether there is another one no dump says.
        let mut evidence = vec![self.config_map(), "--assume=extension-servers".to_owned()];
        for (name, url) in names.into_iter().zip(urls) {
            let address = url.trim_start_matches("https://");
            self.shell(&format!("openssl s_client -connect {address} </dev/null >{name}.txt"));
            evidence.push(format!("--accepts={name}={name}.txt"));
        }
        evidence
    }

    /// Waits until nothing is missing any more.
    fn arrived(&self) -> Vec<String> {
        eventually("the new CA arrives everywhere", || {
            self.status(&self.evidence())["missing"].as_array().unwrap().is_empty()
        });
        self.evidence()
    }

    /// The statuses that a client gets from both nodes, and from the extension server.
    fn statuses(&self, client: &Client) -> [u16; 3] {
        let headers = vec![("X-Remote-User".to_owned(), "alice".to_owned())];
        let [a, b] = &self.nodes;
        let whoami = |node: &KubeApiserver<'_>| node.whoami(Some(client), &[("X-Remote-User", "alice")]).status;
        let request = Request { client: Some(client), headers, ..Request::default() };
        [whoami(a), whoami(b), self.extension.send(FLUNDERS, request).status]
    }

    /// Phases 1 and 2.
    fn trust_and_switch(&self) {
        self.reach("start", &[], |status| status["phase"] == "switch");
        let error = self.refusal(&self.evidence());
        assert!(error.contains("has arrived at: a, b, config-map, sample\n"), "{error}");
        self.deliver();
        let evidence = self.arrived();
        let mut shown = evidence.clone();
        for (at, node) in self.nodes.iter().enumerate() {
            let before = loaded(node);
            self.reach("next", &shown, |status| status["nodes"][at]["state"] == "switched");
            self.deliver();
            eventually("the new client is loaded", || loaded(node) > before);
            flunders_answer(node, 200);
            shown.push(format!("--assume=switched:{}", ["a", "b"][at]));
        }
        let error = self.refusal(&evidence);
        assert!(error.contains("has arrived at: switched:a, switched:b\n"), "{error}");
    }

    /// Phases 3 and 4.
    fn distrust_and_clean(&self) {
        let assumed = ["--assume=switched:a", "--assume=switched:b"].map(str::to_owned);
        self.reach("next", &assumed, |status| status["phase"] == "finish");
        self.deliver();
        let dump = vec![self.config_map()];
        assert_eq!(self.status(&dump)["phase"], "clean");
        let error = self.refusal(&dump);
        let command = error.lines().find_map(|line| line.strip_prefix("help: ")).unwrap();
        assert_eq!(self.status(&dump)["next"], command);
        eventually("both nodes distrust the old CA", || {
            self.status(&[self.accepts("a"), self.accepts("b")])["phase"] == "finish"
        });
        self.shell(command);
    }

    /// What a node accepts now.
    fn accepts(&self, name: &str) -> String {
        self.evidence().into_iter().find(|argument| argument.contains(&format!("={name}="))).unwrap()
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry: PathBuf = entry.unwrap().path();
        fs::copy(&entry, to.join(entry.file_name().unwrap())).unwrap();
    }
}

#[test]
fn nothing_fails_while_a_ca_is_replaced() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let control_plane = ControlPlane::new(&servers);
    let rotation = Rotation::new(&control_plane);
    let loads = rotation.nodes.each_ref().map(|node| Load::start(&control_plane, node, 20));
    let old = NODES.map(|(copy, _)| client_of(&control_plane, copy));
    rotation.trust_and_switch();
    // alice may do nothing at the extension server, which knows who it is.
    assert_eq!(old.each_ref().map(|client| rotation.statuses(client)), [[201, 201, 403]; 2]);
    rotation.distrust_and_clean();
    let cleaned = Instant::now();
    eventually("the old clients are refused", || {
        old.each_ref().map(|client| rotation.statuses(client)) == [[401; 3]; 2]
    });
    eventually("enough was asked, and the servers had time to put the old CA back", || {
        let requests: usize = loads.iter().map(|load| load.served().requests).sum();
        requests >= REQUESTS && cleaned.elapsed() > LOOP
    });
    let dump = [rotation.config_map()];
    assert_eq!(rotation.status(&dump)["phase"], "finish", "the old CA is back");
    rotation.reach("next", &dump, |status| status["phase"] == "still");
    for load in loads {
        let served = load.served();
        assert!(served.failed.is_empty(), "{served:?}");
    }
}

/// The cluster itself is the evidence: `next` waits for it, and believes nobody whom it contradicts.
#[cfg(feature = "cluster")]
#[test]
fn next_waits_until_the_servers_say_that_they_trust_the_new_ca() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let control_plane = ControlPlane::new(&servers);
    let rotation = Rotation::new(&control_plane);
    let mut cluster = vec!["--kubeconfig".to_owned(), rotation.nodes[1].kubeconfig()];
    cluster.extend(rotation.nodes.iter().map(|node| format!("--api-server=127.0.0.1:{}", node.port)));
    let with = |more: &[&str]| -> Vec<String> {
        cluster.iter().cloned().chain(more.iter().map(|one| (*one).to_owned())).collect()
    };
    rotation.reach("start", &[], |status| status["phase"] == "switch");
    let status = rotation.status(&with(&[]));
    let said = status["servers"].as_array().unwrap();
    assert!(said.len() == 3 && said.iter().all(|server| server["accepts_new"] == false), "{status}");
    let error = rotation.refusal(&with(&["--timeout=1"]));
    assert!(error.contains("waiting up to 1 seconds for 127.0.0.1:"), "{error}");
    let mut waiting = rotation.command("next", &with(&["--timeout=100"])).stdout(Stdio::null()).spawn().unwrap();
    sleep(Duration::from_secs(1));
    assert!(waiting.try_wait().unwrap().is_none(), "it does not wait");
    rotation.deliver();
    assert!(waiting.wait().unwrap().success());
    rotation.reach("next", &with(&["--no-wait", "--assume=switched:a"]), |status| status["phase"] == "distrust");
    let switched = ["--assume=switched:a", "--assume=switched:b"];
    let error = rotation.refusal(&with(&[&switched[..], &["--no-wait"]].concat()));
    assert_eq!(error.matches("has not loaded the bundle of this step").count(), 2, "{error}");
    rotation.deliver();
    rotation.reach("next", &with(&switched), |status| status["phase"] == "finish");
    rotation.nodes.iter().for_each(|node| flunders_answer(node, 200));
    assert_eq!(rotation.status(&with(&[]))["phase"], "clean");
}
