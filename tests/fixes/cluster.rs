//! A cluster of such nodes, and who is believed in it.

use std::fs;
use std::process::Command;

use aggcert::lint::run::{Inputs, Reading, Run};
use aggcert::lint::{Fix, Judgement, Policy, Severity};
use aggcert::source::BaseDirectory;
use aggcert::text::shell_word;
use serde_json::Value;
use time::OffsetDateTime;

use super::answers::{Answers, NAMES, starts};
use super::node::{Issued, Node, list, pod, set};
use super::{kubectl, published};

/// A finding with what is printed for it.
#[derive(Debug, Clone)]
pub(crate) struct Advice {
    /// The nodes that it is for: commands are typed at the first.
    pub(crate) nodes: Vec<usize>,
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    /// It was found at the controller manager.
    of_manager: bool,
    pub(crate) fix: Fix,
}

impl Advice {
    /// What a person does by hand, or on other machines, nobody types here.
    pub(crate) fn can_be_typed(&self) -> bool {
        let Fix { sentence, commands, flags, .. } = &self.fix;
        let by_hand = ["ssh ", "scp ", "kubectl replace", "kubectl -n kube-system get", "aggcert rotate status"];
        let is_by_hand = |command: &String| by_hand.iter().any(|start| command.starts_with(start));
        let is_unsure = commands.iter().any(is_by_hand) || sentence.contains("The CA's key was not seen");
        !is_unsure && commands.len() + flags.len() > 0
    }
}

pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Node>,
    /// Which of them run with their flags; the others have not been started again.
    running: Vec<bool>,
    pub(crate) config_map: Value,
    /// Whether `check` is given the ConfigMap.
    pub(crate) shows_config_map: bool,
    /// Who may try to be somebody: a CA, by a name that says whose it is.
    authorities: Vec<(String, Issued)>,
    /// A directory in which a CA was made for all nodes.
    made: Option<String>,
}

impl Cluster {
    pub(crate) fn new(count: usize) -> Self {
        let (client_ca, front_proxy_ca) = (Issued::ca("kubernetes", |_| {}), Issued::ca("front-proxy-ca", |_| {}));
        let authorities = vec![("users".to_owned(), client_ca.clone()), ("proxies".to_owned(), front_proxy_ca.clone())];
        let node = || {
            let node = Node::of(client_ca.clone(), front_proxy_ca.clone());
            node.write("ca.key", &client_ca.key_pem);
            node
        };
        let nodes = (0..count).map(|_| node()).collect();
        let mut cluster = Self {
            nodes,
            running: vec![true; count],
            config_map: published::empty(),
            shows_config_map: true,
            authorities,
            made: None,
        };
        cluster.publish();
        cluster
    }

    /// Takes note of what faults have made.
    pub(crate) fn settle(&mut self) {
        for (node, name) in self.nodes.iter().zip(NAMES) {
            self.authorities.push((format!("users of {name}"), node.client_ca.clone()));
            self.authorities.push((format!("proxies of {name}"), node.front_proxy_ca.clone()));
        }
        for at in 0..self.nodes.len() {
            let mut joined = self.config_map.clone();
            published::join(&mut joined, &self.nodes[at].setup());
            self.running[at] = joined["data"] == self.config_map["data"];
        }
    }

    /// What each server that runs writes by itself.
    pub(crate) fn publish(&mut self) {
        for (node, _) in self.nodes.iter().zip(&self.running).filter(|(_, running)| **running) {
            let setup = node.setup();
            if starts(&setup) {
                published::join(&mut self.config_map, &setup);
            }
        }
    }

    pub(crate) fn check(&self) -> Vec<Advice> {
        let name = |at: usize| format!("kube-apiserver-{}", NAMES[at]);
        let servers = self.nodes.iter().enumerate();
        let mut items: Vec<Value> = servers.map(|(at, node)| pod(&name(at), "kube-apiserver", &node.flags)).collect();
        let managers = self.nodes.iter().enumerate().filter(|(_, node)| !node.manager.is_empty());
        items.extend(managers.map(|(at, node)| pod(&manager_name(at), MANAGER, &node.manager)));
        items.extend(self.shows_config_map.then(|| self.config_map.clone()));
        let file = self.nodes[0].path("cluster.json");
        fs::write(&file, list(&items)).unwrap();
        let reading = Reading { root: Some("/".into()), ..Reading::default() };
        let inputs = Inputs { paths: vec![file], reading, ..Inputs::default() };
        let mut advice = Vec::new();
        let run = Run::new(OffsetDateTime::now_utc(), Policy::none(), BaseDirectory::of_repository("/"));
        run.over(&inputs, &mut |judgement: &Judgement| {
            let all = 0..self.nodes.len();
            let is_its = |at: &usize| [name(*at), manager_name(*at)].iter().any(|name| judgement.name.ends_with(name));
            let its: Vec<usize> = all.clone().filter(is_its).collect();
            let nodes = if its.is_empty() { all.collect() } else { its };
            advice.extend(judgement.findings().map(|(rule, finding)| Advice {
                nodes: nodes.clone(),
                rule: rule.id,
                severity: finding.severity,
                of_manager: judgement.kind == MANAGER,
                fix: finding.fix.clone(),
            }));
        });
        advice
    }

    /// Types one command at a node.
    pub(crate) fn run(&mut self, at: usize, command: &str) -> Result<(), String> {
        let node = &self.nodes[at];
        let ran = node.run(Command::new("bash").args(["-euc", command]));
        let calls = fs::read_to_string(node.path("calls")).unwrap_or_default();
        let _ = fs::remove_file(node.path("calls"));
        if !ran.status.success() {
            return Err(String::from_utf8_lossy(&ran.stderr).into_owned());
        }
        kubectl::apply(&calls, std::slice::from_mut(&mut self.config_map))?;
        self.publish();
        Ok(())
    }

    /// The commands of a fix, as its sentence says: what is made once is copied to the other nodes, and a rotation is told
    /// of all of them.
    pub(crate) fn commands(&self, advice: &Advice) -> Vec<String> {
        let fix = &advice.fix;
        let directory = fix
            .flags
            .iter()
            .find_map(|flag| flag.strip_prefix("--requestheader-client-ca-file=")?.strip_suffix("/front-proxy-ca.crt"));
        if let (Some(directory), Some(made)) = (directory.filter(|_| is_made_once(fix)), &self.made) {
            let (made, directory) = (shell_word(made), shell_word(directory));
            return vec![format!(
                "test {made} = {directory} || {{ mkdir -p {directory}; cp -an {made}/front-proxy-* {directory}/; }}"
            )];
        }
        if !fix.sentence.contains("name the directories of all control-plane nodes") {
            return fix.commands.clone();
        }
        let others = self.nodes.iter().enumerate().filter(|(at, _)| *at != advice.nodes[0]);
        let others: String =
            others.map(|(_, node)| format!(" {}", shell_word(node.path("pki").to_str().unwrap()))).collect();
        fix.commands.iter().map(|command| format!("{command}{others}")).collect()
    }

    /// Starts a server with flags in the place of those of the same names; the controller manager gets those for front
    /// proxies, too.
    pub(crate) fn restart(&mut self, at: usize, Advice { fix, of_manager, rule, .. }: &Advice) {
        let node = &mut self.nodes[at];
        let for_manager = |flag: &&String| *of_manager || flag.starts_with("--requestheader-");
        if !node.manager.is_empty() {
            fix.flags.iter().filter(for_manager).for_each(|flag| set(&mut node.manager, flag));
        }
        if let Some(words) = fix.sentence.strip_prefix("Let kube-controller-manager sign with ") {
            let (pair, _) = words.split_once(". Give the front proxy").unwrap();
            let (certificate, key) = pair.split_once(" and ").unwrap();
            [certificate, key].iter().for_each(|flag| set(&mut node.manager, flag));
        }
        // What signs for front proxies is no fault of the manager.
        if *of_manager && *rule != "csr-signer-reaches-requestheader" {
            return;
        }
        if is_made_once(fix) && self.made.is_none() {
            self.made = directory_of(fix).map(str::to_owned);
        }
        fix.flags.iter().for_each(|flag| set(&mut self.nodes[at].flags, flag));
        self.running[at] = true;
        self.publish();
    }

    pub(crate) fn answers(&self) -> Answers {
        Answers::of(&self.nodes, &self.config_map, &self.authorities)
    }
}

const MANAGER: &str = "kube-controller-manager";

fn manager_name(at: usize) -> String {
    format!("{MANAGER}-{}", NAMES[at])
}

fn is_made_once(fix: &Fix) -> bool {
    fix.sentence.contains("make it once")
}

/// Where a CA of its own is.
fn directory_of(fix: &Fix) -> Option<&str> {
    let path = fix.flags.iter().find_map(|flag| flag.strip_prefix("--requestheader-client-ca-file="))?;
    path.strip_suffix("/front-proxy-ca.crt")
}
