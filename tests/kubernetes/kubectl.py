#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for kubectl: records each call, answers as kubectl would, and runs the agents of its pods as processes.

STANDIN_FOLDER holds its state: calls.log, manifests, a folder for each pod. STANDIN_AGENT is the agent's program.
It knows exactly the calls that VitFleet makes; any other ends with status 1.
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

FOLDER = os.environ["STANDIN_FOLDER"]
PODS = os.path.join(FOLDER, "pods")
SETS = os.path.join(FOLDER, "sets")


def fail(text):
    print(text, file=sys.stderr)
    sys.exit(1)


def load(name):
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def save(name, value):
    with open(name + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.rename(name + ".new", name)


def start_pod(name, request):
    folder = os.path.join(PODS, name)
    os.makedirs(folder, mode=0o700)
    # Pods have an address each; processes of one machine need a port each.
    request = dict(request, listen="127.0.0.1", port=0, model_cache=os.path.join(FOLDER, "models"))
    with open(os.path.join(folder, "request.json"), "w", encoding="utf-8") as file:
        os.chmod(file.name, 0o600)
        file.write(json.dumps(request) + "\n")
    with open(os.path.join(folder, "log"), "ab") as log:
        agent = subprocess.Popen(
            [os.environ["STANDIN_AGENT"], "serve", "--launch-folder", folder, "--launch-index", name.rsplit("-", 1)[1]],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    save(os.path.join(folder, "pid.json"), agent.pid)


def stop_pod(name):
    folder = os.path.join(PODS, name)
    try:
        os.kill(load(os.path.join(folder, "pid.json")), signal.SIGTERM)
    except (OSError, ValueError):
        pass
    for _ in range(300):
        if not is_running(name):
            break
        time.sleep(0.05)
    subprocess.run(["rm", "-rf", folder], check=True)


def is_running(name):
    try:
        with open(f"/proc/{load(os.path.join(PODS, name, 'pid.json'))}/cmdline", "rb") as file:
            return bool(file.read())
    except (OSError, ValueError):
        return False


def scale(name, count):
    path = os.path.join(SETS, name + ".json")
    if not os.path.exists(path):
        fail(f'Error from server (NotFound): statefulsets.apps "{name}" not found')
    state = load(path)
    for index in range(state["spec"]["replicas"], count):
        start_pod(f"{name}-{index}", state["request"])
    old = state["spec"]["replicas"]
    state["spec"]["replicas"] = count
    save(path, state)
    for index in range(count, old):
        stop_pod(f"{name}-{index}")


def apply():
    items = {item["kind"]: item for item in json.load(sys.stdin)["items"]}
    if set(items) != {"Secret", "NetworkPolicy", "Service", "StatefulSet"}:
        fail(f"unexpected kinds {sorted(items)}")
    name = items["StatefulSet"]["metadata"]["name"]
    state = {"kind": "StatefulSet", "metadata": items["StatefulSet"]["metadata"], "spec": {"replicas": 0},
             "request": json.loads(items["Secret"]["stringData"]["request.json"])}
    save(os.path.join(SETS, name + ".json"), state)
    scale(name, items["StatefulSet"]["spec"]["replicas"])
    print(f"statefulset.apps/{name} created")


def get(selector):
    wanted = re.fullmatch(r"vitfleet\.io/allocation in \(([0-9a-f,]+)\)", selector).group(1).split(",")
    items = []
    for entry in sorted(os.listdir(SETS)):
        state = load(os.path.join(SETS, entry))
        if state["metadata"]["labels"]["vitfleet.io/allocation"] in wanted:
            items.append({key: state[key] for key in ("kind", "metadata", "spec")})
            name = state["metadata"]["name"]
            for index in range(state["spec"]["replicas"]):
                pod = f"{name}-{index}"
                phase = "Running" if is_running(pod) else "Pending"
                items.append({"kind": "Pod", "metadata": {"name": pod, "uid": pod}, "spec": {"nodeName": "worker"},
                              "status": {"phase": phase, "containerStatuses": [
                                  {"name": "agent", "restartCount": 0, "ready": phase == "Running"}]}})
    json.dump({"kind": "List", "items": items}, sys.stdout)


def forward(pod, ports):
    local = int(ports.split(":")[0])
    reply = load(os.path.join(PODS, pod, f"reply-{pod.rsplit('-', 1)[1]}.json"))
    target = int(reply["address"].split("/")[0].rsplit(":", 1)[1])
    marker = os.path.join(PODS, pod, "forwarded")
    if not os.path.exists(marker):  # the first one does not last, as port-forwards do not
        open(marker, "w", encoding="utf-8").close()
        threading.Timer(4, lambda: os._exit(1)).start()
    server = socket.create_server(("127.0.0.1", local))

    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    while True:
        client, _ = server.accept()
        try:
            agent = socket.create_connection(("127.0.0.1", target))
        except OSError:
            client.close()
            continue
        for pair in ((client, agent), (agent, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


def main():
    os.makedirs(PODS, exist_ok=True)
    os.makedirs(SETS, exist_ok=True)
    arguments = sys.argv[1:]
    with open(os.path.join(FOLDER, "calls.log"), "a", encoding="utf-8") as log:
        log.write(" ".join(arguments) + "\n")
    if arguments[:1] == ["--context=elsewhere"] and arguments[2:4] == ["get", "statefulsets,pods"]:
        print('{"kind": "List", "items": []}')  # another cluster, where nothing of ours is
        return
    if arguments[:2] != ["--context=lab", "--namespace=pictures"]:
        fail("error: another context")
    if os.path.exists(os.path.join(FOLDER, "unauthorized")):
        fail("error: You must be logged in to the server (Unauthorized)")
    command, rest = arguments[2], arguments[3:]
    if command == "apply" and rest == ["-f", "-"]:
        apply()
    elif command == "get" and rest[0] == "statefulsets,pods" and rest[1] == "-l" and rest[3:] == ["-o", "json"]:
        get(rest[2])
    elif command == "exec" and rest[1:5] == ["-c", "agent", "--", "cat"]:
        with open(os.path.join(PODS, rest[0], os.path.basename(rest[5])), encoding="utf-8") as file:
            sys.stdout.write(file.read())
        with open(os.path.join(FOLDER, "calls.log"), "a", encoding="utf-8") as log:
            log.write(f"answered {rest[0]}\n")
    elif command == "port-forward" and rest[0] == "--address=127.0.0.1":
        forward(rest[1].removeprefix("pod/"), rest[2])
    elif command == "scale" and rest[0] == "statefulset":
        scale(rest[1], int(rest[2].removeprefix("--replicas=")))
    elif command == "delete" and rest[0] == "statefulset,service,secret,networkpolicy" and rest[1] == "-l":
        name = "vitfleet-" + rest[2].removeprefix("vitfleet.io/allocation=")
        if os.path.exists(os.path.join(SETS, name + ".json")):
            scale(name, 0)
            os.remove(os.path.join(SETS, name + ".json"))
    else:
        fail(f"error: unknown command {arguments}")


main()
