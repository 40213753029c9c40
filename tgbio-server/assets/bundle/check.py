"""Checks this bundle without tgbio: `python3 check.py` in its folder. The signatures need openssl (3.0 or newer)."""
import base64, hashlib, json, pathlib, subprocess, sys, tempfile

def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def read(name): return pathlib.Path(name).read_bytes()
def need(good, what): good or sys.exit("BROKEN: " + what)

# 1. Every file that is listed is there and is that one. Others are none of the bundle, and nothing is read from them.
sums = read("SHA256SUMS").decode()
names = [row[66:] for row in sums.splitlines()]
there = {path.as_posix() for path in pathlib.Path(".").rglob("*") if path.is_file()} - {"SHA256SUMS"}
for name in sorted(set(names) - there): need(False, "a file is missing: " + ascii(name))
for name in sorted(there - set(names)): print("NOT OF THE BUNDLE: " + ascii(name))
need(sums == "".join(f"{sha(read(name)).hex()}  {name}\n" for name in names), "a file differs from SHA256SUMS")

# 2. The chain: the hash of each link from the hash of the one before, its number and its commitment.
rows = [row.split() for row in read("chain.txt").decode().splitlines()]
link, head = int(rows[0][0]), bytes.fromhex(rows[0][1])
heads, commitments = {link: head}, {}
for number, commitment in rows[1:]:
    link, commitments[int(number)] = link + 1, bytes.fromhex(commitment)
    need(int(number) == link, f"link {link} of the chain is missing")
    heads[link] = head = sha(b"tgbio chain 1", head, link.to_bytes(8, "big"), commitments[link])

# 3. The history: each line with its salt gives the commitment of its link, and names its raw page by hash.
history, proofs = read("history.jsonl").split(b"\n")[:-1], read("proofs.txt").decode().splitlines()
need(len(history) == len(proofs) > 0, "history.jsonl and proofs.txt do not fit")
for content, (link, salt) in zip(history, map(str.split, proofs)):
    need(sha(bytes.fromhex(salt), content) == commitments.get(int(link)), f"the content of link {link} differs")
    page = json.loads(content)["evidence_sha256"]
    found = [name for name in names if page and name.startswith(f"pages/{page}.")]
    need(not page or len(found) == 1 and sha(read(found[0])).hex() == page, f"the raw page of link {link} differs")

# 4. The checkpoints: each lies on the chain, and its signature is that of its key.
checkpoints = read("checkpoints.txt").decode().splitlines()
need(checkpoints, "there is no checkpoint")
for line in checkpoints:
    signed, signature = line.split(" signature=")
    facts = dict(word.split("=") for word in signed.split()[2:])
    need(heads.get(int(facts["links"])) == bytes.fromhex(facts["head"]), "a checkpoint is not on the chain: " + line)
    with tempfile.TemporaryDirectory() as folder:
        parts = {"key": bytes.fromhex("302a300506032b6570032100" + facts["key"]),
                 "signed": signed.encode(), "signature": base64.b64decode(signature, validate=True)}
        for name, data in parts.items(): pathlib.Path(folder, name).write_bytes(data)
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in signed -sigfile signature"
        try: done = subprocess.run(command.split(), cwd=folder, capture_output=True)
        except FileNotFoundError: sys.exit("NOT CHECKED: the signatures need openssl")
        need(done.returncode == 0, "a signature is not right: " + line)
need(max(int(proof.split()[0]) for proof in proofs) <= int(facts["links"]), "the last checkpoint comes too early")
need(read("key.pem").decode().splitlines()[1] == base64.b64encode(parts["key"]).decode(), "key.pem is another key")
numbers = {json.loads(content)["number"] for content in history}
gone = [str(number) for number in range(1, max(numbers)) if number not in numbers]
if gone: print("NOT HERE: revision " + ", ".join(gone) + ": removed by the operator, or left out of this bundle")
print(f"GOOD: {len(history)} contents, {len(rows) - 1} links, {len(checkpoints)} checkpoints; the key is {facts['key']}")
