// A Matrix client on matrix-js-sdk, driven by one JSON object per line on standard input; one answer per line.
//   {"do": "start", "url", "userId", "deviceId", "token", "strict"}   strict: keys only for, and messages only from,
//                                                                     devices that their owners have signed
//   {"do": "join", "room"}
//   {"do": "know", "room", "users"}                                   wait until these are joined
//   {"do": "say", "room", "body"}                                     -> {"eventId"}
//   {"do": "read", "room", "eventId"}                                 -> {"body", "shield", "failure", "file"}
//   {"do": "show", "room", "body", "data"}                            send a picture (base64), encrypted
//   {"do": "fetch", "file"}                                           -> {"data"} (base64), decrypted
import { createInterface } from "node:readline";
import { webcrypto } from "node:crypto";
import * as sdk from "matrix-js-sdk";
import { AllDevicesIsolationMode, OnlySignedDevicesIsolationMode } from "matrix-js-sdk/lib/crypto-api/index.js";

const answer = process.stdout.write.bind(process.stdout);
for (const level of ["log", "info", "warn", "error", "debug", "trace"]) console[level] = () => {};

const PATIENCE_MS = 20_000;
let client;

async function until(look) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
        const found = await look();
        if (found) return found;
        if (Date.now() > end) throw new Error("waited in vain");
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

const unpadded = (bytes) => Buffer.from(bytes).toString("base64").replace(/=+$/, "");

const acts = {
    async start({ url, userId, deviceId, token, strict }) {
        client = sdk.createClient({ baseUrl: url, userId, deviceId, accessToken: token });
        await client.initRustCrypto({ useIndexedDB: false });
        const crypto = client.getCrypto();
        crypto.setDeviceIsolationMode(
            strict ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false),
        );
        await client.startClient({ initialSyncLimit: 50 });
        await until(() => client.isInitialSyncComplete());
        await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: (send) => send(null) });
    },
    async join({ room }) {
        await client.joinRoom(room);
    },
    async know({ room, users }) {
        await until(() => {
            const known = client.getRoom(room);
            return known && users.every((user) => known.getMember(user)?.membership === "join");
        });
    },
    async say({ room, body }) {
        return { eventId: (await client.sendMessage(room, { msgtype: "m.text", body })).event_id };
    },
    async read({ room, eventId }) {
        const event = await until(() => {
            const found = client.getRoom(room)?.findEventById(eventId);
            return found && !found.isBeingDecrypted() && (found.getClearContent() || found.isDecryptionFailure()) && found;
        });
        const info = await client.getCrypto().getEncryptionInfoForEvent(event);
        return {
            body: event.getContent().body ?? null,
            file: event.getContent().file ?? null,
            shield: info?.shieldColour ?? null,
            failure: event.isDecryptionFailure() ? event.decryptionFailureReason : null,
        };
    },
    async show({ room, body, data }) {
        const bytes = Buffer.from(data, "base64");
        const iv = new Uint8Array(16);
        webcrypto.getRandomValues(iv.subarray(0, 8));
        const key = await webcrypto.subtle.generateKey({ name: "AES-CTR", length: 256 }, true, ["encrypt", "decrypt"]);
        const encrypted = await webcrypto.subtle.encrypt({ name: "AES-CTR", counter: iv, length: 64 }, key, bytes);
        const upload = await client.uploadContent(Buffer.from(encrypted), { type: "application/octet-stream" });
        const file = {
            v: "v2",
            url: upload.content_uri,
            key: { ...(await webcrypto.subtle.exportKey("jwk", key)), ext: true },
            iv: unpadded(iv),
            hashes: { sha256: unpadded(await webcrypto.subtle.digest("SHA-256", encrypted)) },
        };
        const content = { msgtype: "m.image", body, file, info: { mimetype: "image/png", size: bytes.length } };
        return { eventId: (await client.sendMessage(room, content)).event_id };
    },
    async fetch({ file }) {
        const address = client.mxcUrlToHttp(file.url, undefined, undefined, undefined, false, true, true);
        const response = await fetch(address, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
        const key = await webcrypto.subtle.importKey("jwk", file.key, { name: "AES-CTR" }, false, ["decrypt"]);
        const counter = Buffer.from(file.iv, "base64");
        const algorithm = { name: "AES-CTR", counter, length: 64 };
        const data = await webcrypto.subtle.decrypt(algorithm, key, await response.arrayBuffer());
        return { data: Buffer.from(data).toString("base64") };
    },
};

for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    try {
        answer(JSON.stringify({ ok: (await acts[request.do](request)) ?? {} }) + "\n");
    } catch (failed) {
        answer(JSON.stringify({ error: String(failed?.stack ?? failed) }) + "\n");
    }
}
process.exit(0);
