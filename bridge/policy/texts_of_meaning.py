"""What is wrong with a policy or a roster as a whole, in English and Indonesian: data, as in `texts.py`."""

from collections.abc import Mapping

MEANING: Mapping[str, tuple[str, str]] = {
    # Policy as a whole
    "letters_same": (
        "The letter {letter} already stands for `{other}`. Give each kind a letter of its own.",
        "Huruf {letter} sudah dipakai untuk `{other}`. Beri setiap jenis huruf sendiri.",
    ),
    "nothing_listed": (
        "The list is empty, so nobody and nothing would count. Write at least one, or delete the line.",
        "Daftarnya kosong, jadi tidak ada yang berlaku. Tulis paling sedikit satu, atau hapus barisnya.",
    ),
    "listed_twice": (
        "`{written}` is listed twice. Keep one of the two.",
        "`{written}` tertulis dua kali. Pertahankan salah satu.",
    ),
    "zero": (
        "Zero is not possible here. Write {least} or more.",
        "Nol tidak bisa dipakai di sini. Tulis {least} atau lebih.",
    ),
    "out_of_range": (
        "{written} is not possible here. Write a number from {least} to {most}.",
        "{written} tidak bisa dipakai di sini. Tulis bilangan dari {least} sampai {most}.",
    ),
    "degrees": (
        "`{written}` is no place on Earth. Write degrees with a point, as -4.3519; at most 90 north, 180 east.",
        "`{written}` bukan letak di bumi. Tulis derajat dengan titik, seperti -4.3519; paling besar 90 untuk"
        " lintang, 180 untuk bujur.",
    ),
    "place_twice": (
        "Two places are called `{written}`. Give one of them another name.",
        "Dua tempat bernama `{written}`. Beri salah satunya nama lain.",
    ),
    "area_corners": (
        "An area has at least three corners. Write more of them, or [] for no check of the place.",
        "Sebuah wilayah paling sedikit bersudut tiga. Tambahkan titiknya, atau tulis [] bila letak tidak"
        " diperiksa.",
    ),
    "area_file": (
        "`{written}` is neither a list of corners nor the name of a GeoJSON file in the policy's own folder, as"
        " borders.geojson. Write one of them, or [] for no check of the place.",
        "`{written}` bukan daftar titik dan bukan nama berkas GeoJSON di folder yang sama, seperti"
        " wilayah.geojson. Tulis salah satunya, atau [] bila letak tidak diperiksa.",
    ),
    "area_missing": (
        "There is no readable file {file} beside this policy. Put it there, or write the corners here.",
        "Berkas {file} tidak ada di samping kebijakan ini atau tidak bisa dibaca. Letakkan di sana, atau tulis"
        " titiknya di sini.",
    ),
    "geojson_syntax": (
        "From here on this is no JSON. Export the area again as GeoJSON.",
        "Mulai dari sini berkas ini bukan JSON. Ekspor ulang wilayahnya sebagai GeoJSON.",
    ),
    "geojson_object": (
        'A GeoJSON object is missing here, as {{"type": "Polygon", ...}}. Export the area again.',
        'Di sini seharusnya ada objek GeoJSON, seperti {{"type": "Polygon", ...}}. Ekspor ulang wilayahnya.',
    ),
    "geojson_kind": (
        "`{written}` covers no area. Use Polygon or MultiPolygon, alone or in a FeatureCollection.",
        "`{written}` bukan bidang wilayah. Pakai Polygon atau MultiPolygon, sendiri atau di dalam"
        " FeatureCollection.",
    ),
    "geojson_list": (
        "A list with at least one entry is missing here. Export the area again as GeoJSON.",
        "Di sini seharusnya ada daftar yang berisi. Ekspor ulang wilayahnya sebagai GeoJSON.",
    ),
    "geojson_ring": (
        "This border is not closed: it has at least four positions, of which the last is the first one again.",
        "Batas ini belum tertutup: paling sedikit empat titik, dan titik terakhir sama dengan yang pertama.",
    ),
    "geojson_position": (
        "This is no place on Earth. GeoJSON writes the longitude first, as [119.88, -4.35].",
        "Ini bukan letak di bumi. GeoJSON menulis bujur lebih dahulu, seperti [119.88, -4.35].",
    ),
    "geojson_empty": (
        "This file holds no area. Export the area again as GeoJSON.",
        "Berkas ini tidak memuat wilayah. Ekspor ulang wilayahnya sebagai GeoJSON.",
    ),
    "geojson_long": (
        "This border has more than {limit} corners. Simplify it: ten metres more or less make no difference here.",
        "Batas ini mempunyai lebih dari {limit} titik. Sederhanakan: selisih sepuluh meter tidak berpengaruh.",
    ),
    "bytes_order": (
        "`min_bytes` must be less than `max_bytes`, or no file at all would do. Lower it, or raise the other.",
        "`min_bytes` harus lebih kecil dari `max_bytes`, kalau tidak tidak ada berkas yang bisa diterima. "
        "Turunkan, atau naikkan yang lain.",
    ),
    "ask_order": (
        "`ask_after` must not be longer than `wait`, or the bot would ask after it has given up waiting.",
        "`ask_after` tidak boleh lebih lama dari `wait`, kalau tidak bot bertanya setelah berhenti menunggu.",
    ),
    "mute_length": (
        "A mute lasts from 1m to 24h. A longer one is for two people, with a command.",
        "Lamanya dari 1m sampai 24h. Yang lebih lama diputuskan dua orang, dengan perintah.",
    ),
    "window_length": (
        "This time is from 1s to 1h, for example 20s.",
        "Waktu ini dari 1s sampai 1h, misalnya 20s.",
    ),
    "limit_of_messages": (
        "{written} is not possible here. Write a number from 3 to {most}, or 0 for no limit.",
        "{written} tidak bisa dipakai di sini. Tulis bilangan dari 3 sampai {most}, atau 0 bila tidak dibatasi.",
    ),
    "room_address": (
        '`{written}` is not the address of a room. Write it as "#name:server", in quotes.',
        '`{written}` bukan alamat ruang. Tulis seperti "#nama:server", dalam tanda kutip.',
    ),
    "servers_nobody": (
        'Nobody could take part in the rooms. Write allow: ["*"], or leave the line out.',
        'Tidak seorang pun bisa ikut. Tulis allow: ["*"], atau hapus baris ini.',
    ),
    "server_name": (
        '`{written}` is not the name of a server. Write it without @, # or port, as bad.example or "*.go.id".',
        '`{written}` bukan nama server. Tulis tanpa @, # atau port, misalnya buruk.example atau "*.go.id".',
    ),
    "servers_shut_out": (
        "This would shut out {written}, where {person} of the roster has an account. Change this line.",
        "Ini akan menutup {written}, tempat akun {person} di daftar anggota. Ubah baris ini.",
    ),
    "rule_name_taken": (
        "The name `{written}` is taken. Give this rule another one.",
        "Nama `{written}` sudah dipakai. Beri aturan ini nama lain.",
    ),
    "rule_empty": (
        "The rule `{written}` has no condition. Add one, for example words: [...] or mentions_above: 10.",
        "Aturan `{written}` belum punya syarat. Tambahkan satu, misalnya words: [...] atau mentions_above: 10.",
    ),
    "those_unknown": (
        "`{written}` is neither a role nor a unit or person of the roster. {hint}",
        "`{written}` bukan peran, dan tidak ada di daftar anggota sebagai unit atau orang. {hint}",
    ),
    "who_unknown": (
        "`{written}` is neither a role nor a person of the roster. {hint}",
        "`{written}` bukan peran dan tidak ada di daftar anggota. {hint}",
    ),
    # Roster as a whole
    "id_taken": (
        "The id `{written}` is already used in line {line}. Give this one an id of its own.",
        "Id `{written}` sudah dipakai di baris {line}. Beri yang ini id sendiri.",
    ),
    "id_is_role": (
        "`{written}` is the name of a role and cannot be the id of a person. Choose another id.",
        "`{written}` adalah nama peran dan tidak bisa menjadi id orang. Pilih id lain.",
    ),
    "alias_taken": (
        "The name `{written}` already means the unit `{other}` (line {line}). Take it from one of the two.",
        "Nama `{written}` sudah berarti unit `{other}` (baris {line}). Hapus dari salah satunya.",
    ),
    "alias_blank": (
        "`{written}` holds no letter or digit, so nobody can write it. Choose another name.",
        "`{written}` tidak memuat huruf atau angka, jadi tidak bisa ditulis orang. Pilih nama lain.",
    ),
    "account_taken": (
        "{written} belongs to `{other}` (line {line}) on some of the same days. "
        "An account is one person's at a time: give `from` and `to`, or delete one.",
        "{written} milik `{other}` (baris {line}) pada hari yang sama. "
        "Satu akun milik satu orang saja: beri `from` dan `to`, atau hapus salah satu.",
    ),
    "dates_reversed": (
        "The last day ({to}) is before the first ({begins}). Exchange or correct them.",
        "Hari terakhir ({to}) sebelum hari pertama ({begins}). Tukar atau perbaiki.",
    ),
    "holiday_twice": (
        "`{other}` (line {line}) is on one of these days already. Delete one, or mend its days.",
        "`{other}` (baris {line}) sudah jatuh pada salah satu hari ini. Hapus salah satu, atau betulkan harinya.",
    ),
    "person_unknown": (
        "There is no person `{written}` in this roster. {hint}",
        "Tidak ada orang `{written}` di daftar ini. {hint}",
    ),
    "unit_unknown": (
        "There is no unit `{written}` in this roster. {hint}",
        "Tidak ada unit `{written}` di daftar ini. {hint}",
    ),
    "kind_unknown": (
        "No unit of the roster is of the kind `{written}`. {hint}",
        "Tidak ada unit berjenis `{written}` di daftar anggota. {hint}",
    ),
    "known_kinds": ("There are: {keys}.", "Yang ada: {keys}."),
    "room_taken": (
        "`{written}` is no working group: its rules stand in the rest of this file. Write the name that "
        "bridge.yaml has for a group under `groups`.",
        "`{written}` bukan kelompok kerja: aturannya ada di bagian lain berkas ini. Tulis nama yang diberikan "
        "bridge.yaml kepada sebuah kelompok di bawah `groups`.",
    ),
    "nobody_belongs": (
        "Nobody would belong to this room. Write `units`, `kinds`, `roles` or `persons`, or delete `members`: then "
        "nobody is invited or removed there.",
        "Tidak ada yang termasuk dalam ruang ini. Tulis `units`, `kinds`, `roles` atau `persons`, atau hapus "
        "`members`: maka di sana tidak ada yang diundang atau dikeluarkan.",
    ),
    "add_person": ("Add it under `persons`.", "Tambahkan di bawah `persons`."),
    "add_unit": ("Add it under `units`.", "Tambahkan di bawah `units`."),
    "unit_needed": (
        "A {role} is one of a unit. Add `unit: ...`.",
        "Peran {role} harus punya unit. Tambahkan `unit: ...`.",
    ),
    "office_twice": (
        "`{person}` already holds an office in this unit on some of these days (line {line}). "
        "End the one the day before the other begins, or delete one.",
        "`{person}` sudah memegang jabatan di unit ini pada sebagian hari itu (baris {line}). "
        "Akhiri yang satu sehari sebelum yang lain mulai, atau hapus salah satu.",
    ),
    "guest_end": (
        "A guest needs a last day. Add `to: 2026-12-31` with the right day.",
        "Tamu harus punya hari terakhir. Tambahkan `to: 2026-12-31` dengan tanggal yang benar.",
    ),
    "guest_sponsor": (
        "A guest needs someone who answers for them. Add `sponsor: ` and the id of a person.",
        "Tamu harus punya penanggung jawab. Tambahkan `sponsor: ` dan id orangnya.",
    ),
    "sponsor_guest": (
        "A guest cannot answer for a guest. Name someone who holds another office.",
        "Tamu tidak bisa menjamin tamu. Tulis orang yang memegang jabatan lain.",
    ),
    "sponsor_needless": (
        "Only guests have a sponsor. Delete this line, or make the role guest.",
        "Hanya tamu yang punya penanggung jawab. Hapus baris ini, atau ubah perannya menjadi guest.",
    ),
    "writes_needless": (
        "Only of guests it is said whether they write. Delete this line.",
        "Hanya untuk tamu diatur apakah boleh menulis. Hapus baris ini.",
    ),
    "no_leader": (
        "Nobody is leader. Give one person an office with `role: leader`.",
        "Belum ada pemimpin. Beri satu orang jabatan dengan `role: leader`.",
    ),
    "nobody_may": (
        "Nobody in the roster may `{right}`. List a role or person that holds an office.",
        "Tidak ada orang di daftar anggota yang berhak `{right}`. Tulis peran atau orang yang menjabat.",
    ),
    "no_second": (
        "Nobody could be the second person for what `moderate` allows. List someone else under `approve`.",
        "Tidak ada orang kedua untuk tindakan `moderate`. Tulis orang lain di `approve`.",
    ),
}
