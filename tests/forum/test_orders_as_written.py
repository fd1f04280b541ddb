"""Ordinary orders, and whom a colleague would say they are for.

The phrases were written before the rules were tried on them. The names are those of the roster alone, without the
nicknames that an admin may add: whoever writes "kadisdik" need not have been foreseen.

How the expected answer is written: `*` every unit, `/kind` all of a kind, `-unit` left out, `?` nobody, so that
the one who gave the order is asked.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bridge.forum.addressing import Directory
from bridge.model.speech import UnitName
from tests.forum.test_addressing import WORDS

REGENCY = (
    UnitName("setda", "Sekretariat Daerah", "Setda", (), "office"),
    UnitName("inspektorat", "Inspektorat Daerah", "Inspektorat", (), "office"),
    UnitName("bappeda", "Badan Perencanaan Pembangunan Daerah", "Bappeda"),
    UnitName("bkad", "Badan Keuangan dan Aset Daerah", "BKAD"),
    UnitName("bkpsdm", "Badan Kepegawaian dan Pengembangan SDM", "BKPSDM"),
    UnitName("bpbd", "Badan Penanggulangan Bencana Daerah", "BPBD"),
    UnitName("dlh", "Dinas Lingkungan Hidup", "DLH"),
    UnitName("pupr", "Dinas Pekerjaan Umum dan Penataan Ruang", "PUPR"),
    UnitName("peternakan", "Dinas Peternakan dan Kesehatan Hewan", "Disnakkeswan"),
    UnitName("kesehatan", "Dinas Kesehatan"),
    UnitName("pendidikan", "Dinas Pendidikan dan Kebudayaan"),
    UnitName("satpol", "Satuan Polisi Pamong Praja", "Satpol PP"),
    UnitName("damkar", "Dinas Pemadam Kebakaran", "Damkar"),
    UnitName("sosial", "Dinas Sosial"),
    UnitName("kominfo", "Dinas Komunikasi dan Informatika", "Kominfo"),
    UnitName("pertanian", "Dinas Tanaman Pangan dan Pertanian"),
    UnitName("perhubungan", "Dinas Perhubungan"),
    UnitName("dukcapil", "Dinas Kependudukan dan Pencatatan Sipil", "Dukcapil"),
    UnitName("perindag", "Dinas Perdagangan dan Perindustrian", "Perindag"),
    UnitName("ptsp", "Dinas Penanaman Modal dan PTSP", "DPMPTSP"),
    UnitName("pmd", "Dinas Pemberdayaan Masyarakat dan Desa", "DPMD"),
    UnitName("pariwisata", "Dinas Pariwisata"),
    UnitName("perpustakaan", "Dinas Perpustakaan dan Kearsipan"),
    UnitName("rsud", "Rumah Sakit Umum Daerah", "RSUD"),
    UnitName("hukum", "Bagian Hukum", "", (), "section"),
    UnitName("umum", "Bagian Umum", "", (), "section"),
    UnitName("kesra", "Bagian Kesejahteraan Rakyat", "Kesra", (), "section"),
    UnitName("lalabata", "Kecamatan Lalabata", "Lalabata", (), "subdistrict"),
    UnitName("liliriaja", "Kecamatan Liliriaja", "Liliriaja", (), "subdistrict"),
    UnitName("lilirilau", "Kecamatan Lilirilau", "Lilirilau", (), "subdistrict"),
    UnitName("citta", "Kecamatan Citta", "Citta", (), "subdistrict"),
    UnitName("ganra", "Kecamatan Ganra", "Ganra", (), "subdistrict"),
    UnitName("donri", "Kecamatan Donri-Donri", "Donri-Donri", (), "subdistrict"),
    UnitName("bila", "Kelurahan Bila", "", (), "village"),
    UnitName("ompo", "Kelurahan Ompo", "", (), "village"),
    UnitName("congko", "Desa Congko", "", (), "village"),
    UnitName("pkm-takalala", "Puskesmas Takalala", "", (), "clinic"),
    UnitName("pkm-salotungo", "Puskesmas Salotungo", "", (), "clinic"),
)
CITY = (
    UnitName("works", "Department of Public Works", "DPW"),
    UnitName("fire", "Fire and Rescue", "Fire"),
    UnitName("parks", "Environment and Parks", "Parks"),
    UnitName("health", "Public Health", "Health"),
    UnitName("police", "Police Department", "Police"),
    UnitName("housing", "Department of Housing", "Housing"),
    UnitName("finance", "Finance Department", "Finance"),
    UnitName("water", "Water and Sewer Department", "Water"),
    UnitName("transport", "Department of Transportation", "DOT"),
    UnitName("it", "Information Technology", "IT"),
    UnitName("manager", "City Manager's Office", "Manager", ("city manager",), "office"),
    UnitName("north", "North Ward", "North", (), "subdistrict"),
    UnitName("harbour", "Harbour Ward", "Harbour", (), "subdistrict"),
    UnitName("east", "East Ward", "East", (), "subdistrict"),
)
PLACES = {"id": Directory(REGENCY, {}, WORDS["id"]), "en": Directory(CITY, {}, WORDS["en"])}
UNITS = {"id": REGENCY, "en": CITY}

INDONESIAN = (
    ("Camat2 segera cek wilayah masing2", "/subdistrict"),
    ("camat2 dan lurah2 mohon hadir besok", "/subdistrict /village"),
    ("Kadis2 harap kirim data ASN hari ini", "*"),
    ("kadis2 dan camat2 kumpul di aula", "*"),
    ("dinas2 laporkan serapan anggaran", "*"),
    ("opd2 segera input SIRUP", "*"),
    ("OPD2 yg belum lapor saya tunggu", "*"),
    ("Kadishub pasang rambu di simpang lima", "perhubungan"),
    ("Kadisdik liburkan sekolah besok", "pendidikan"),
    ("kadinkes siapkan ambulans", "kesehatan"),
    ("Kadispar data homestay", "pariwisata"),
    ("kadistan cek stok pupuk", "pertanian"),
    ("Kadisdukcapil buka layanan hari sabtu", "dukcapil"),
    ("kadis capil jemput bola ke Ganra", "dukcapil"),
    ("Disdukcapil buka loket di Pasar Sentral", "dukcapil"),
    ("Disdik, Dinsos dan Dinkes siapkan posko", "pendidikan sosial kesehatan"),
    ("dishub kondisikan lalin di depan kantor bupati", "perhubungan"),
    ("Dispar sama Kominfo buat video promosi", "pariwisata kominfo"),
    ("diskominfo siapkan zoom jam 2", "kominfo"),
    ("Kadiskominfo siapkan zoom", "kominfo"),
    ("kadis kominfo tolong siarkan pengumuman", "kominfo"),
    ("Kadis DPMD turun ke desa Congko", "pmd"),
    ("kadis pmd cek dana desa", "pmd"),
    ("Kaban bappeda siapkan paparan", "bappeda"),
    ("kaban keuangan cairkan TPP", "bkad"),
    ("Kepala BKPSDM siapkan SK", "bkpsdm"),
    ("kalaksa siaga di posko", "bpbd"),
    ("Kasatpol tertibkan PKL", "satpol"),
    ("Kasat Pol PP tertibkan PKL di trotoar", "satpol"),
    ("satpol turunkan baliho yang rusak", "satpol"),
    ("Damkar siram jalan protokol", "damkar"),
    ("Kadis damkar siagakan 2 unit", "damkar"),
    ("dinas perpustakaan buka sampai malam", "perpustakaan"),
    ("Disperpus buka layanan malam", "perpustakaan"),
    ("Inspektorat audit belanja BBM", "inspektorat"),
    ("Pak Inspektur tolong audit belanja BBM", "inspektorat"),
    ("Kapus Takalala cek warga yang diare", "pkm-takalala"),
    ("para kapus laporkan stok oralit", "/clinic"),
    ("kapus2 siaga 24 jam", "/clinic"),
    ("Kapus segera turun", "?"),
    ("PKM Salotungo buka posko", "pkm-salotungo"),
    ("puskesmas Takalala siapkan bed", "pkm-takalala"),
    ("seluruh puskesmas laporkan kasus DBD", "/clinic"),
    ("para kabag harap hadir", "/section"),
    ("Kabag2 kumpul di ruang sekda", "/section"),
    ("Kabag Hukum siapkan draf perbup", "hukum"),
    ("kabag umum siapkan konsumsi", "umum"),
    ("Kabag Kesra data majelis taklim", "kesra"),
    ("para lurah dan kades data warga miskin", "/village"),
    ("seluruh lurah se-kabupaten kerja bakti", "/village"),
    ("lurah se-kec. Lalabata kerja bakti", "?"),
    ("para lurah se kecamatan Lalabata merapat", "?"),
    ("kades se-Kecamatan Ganra segera lapor", "?"),
    ("Lurah Bila cek saluran air", "bila"),
    ("lurah bila dan ompo bersihkan got", "bila ompo"),
    ("Kades Congko siapkan lahan", "congko"),
    ("semua kecuali Dinsos lapor sore ini", "* -sosial"),
    ("semuanya lapor kecuali dinsos", "* -sosial"),
    ("selain Camat Lalabata, semua camat hadir", "/subdistrict -lalabata"),
    ("Seluruh camat selain Lalabata hadir di Lapangan", "/subdistrict -lalabata"),
    ("seluruh OPD dan camat tanpa Inspektorat", "* -inspektorat"),
    ("semua OPD minus BKAD kumpul", "* -bkad"),
    ("Semua kadis kecuali PU dan DLH", "* -pupr -dlh"),
    ("para camat kecuali Citta, Ganra", "/subdistrict -citta -ganra"),
    ("Seluruh OPD kecuali camat ikut zoom", "* -/subdistrict"),
    ("semua hadir kec. Dinkes", "* -kesehatan"),
    ("OPD terkait segera tindaklanjuti", "?"),
    ("instansi terkait mohon atensi", "?"),
    ("dinas terkait turun", "?"),
    ("camat yang bersangkutan segera klarifikasi", "?"),
    ("camat terkait turun ke lapangan", "?"),
    ("laporan dinas PU sudah saya baca, camat harap turun", "?"),
    ("Laporan Dinkes sudah saya terima. Camat Citta harap turun.", "citta"),
    ("sesuai data Dinsos ada 12 KK, Camat Ganra tolong verifikasi", "ganra"),
    ("hasil kerja DLH bagus sekali, Dishub tolong lanjutkan", "perhubungan"),
    ("Menindaklanjuti surat BKAD kemarin, mohon para camat setor PBB", "/subdistrict"),
    ("Kata kadis PU jembatan sudah aman, camat Citta cek lagi", "citta"),
    ("tadi Camat Ganra lapor banjir, BPBD turunkan perahu", "bpbd"),
    ("Camat Ganra sudah lapor, sekarang BPBD dan Dinsos bergerak", "bpbd sosial"),
    ("terima kasih Dinkes, selanjutnya RSUD siapkan kamar", "rsud"),
    ("Jalan depan kantor DLH berlubang, PUPR tambal hari ini", "pupr"),
    ("sampah di depan puskesmas Takalala diangkut hari ini oleh DLH", "dlh"),
    ("Pohon tumbang di halaman RSUD, DLH dan BPBD bergerak", "dlh bpbd"),
    ("mobil damkar dipinjam PU, kadis PU kembalikan hari ini", "pupr"),
    ("Bantuan Dinsos utk korban kebakaran dikawal Camat Lilirilau", "lilirilau"),
    ("seluruh OPD serahkan SPJ ke BKAD paling lambat Jumat", "*"),
    ("Camat2 setor data ke Dinsos", "/subdistrict"),
    ("semua OPD koordinasi dengan Bappeda soal RKPD", "*"),
    ("Dinas pendidikan & kebudayaan cek atap SDN 5", "pendidikan"),
    ("Dinas Pertanian bagikan pupuk", "pertanian"),
    ("dinas PM PTSP percepat izin", "ptsp"),
    ("DPMPTSP percepat izin UMKM", "ptsp"),
    ("Dinas Perdagangan operasi pasar", "perindag"),
    ("Disperindag operasi pasar beras", "perindag"),
    ("dinas peternakan vaksin sapi", "peternakan"),
    ("kadis nakkeswan vaksin sapi", "peternakan"),
    ("Disnak vaksin sapi di Citta", "peternakan"),
    ("kadis lingkungan hidup angkut sampah pasar", "dlh"),
    ("kadis LH angkut sampah", "dlh"),
    ("setda siapkan undangan", "setda"),
    ("camat donri2 cek longsor", "donri"),
    ("Camat Liliriaja & Lilirilau siapkan lokasi", "liliriaja lilirilau"),
    ("cmt citta segera merapat", "citta"),
    ("pak camat citta, bu camat ganra: besok jam 8 di kantor", "citta ganra"),
    ("Para kepala dinas dan kepala badan", "*"),
    ("seluruh kepala badan hadir", "bappeda bkad bkpsdm bpbd"),
    ("para kaban hadir jam 9", "bappeda bkad bkpsdm bpbd"),
    ("Rekan2 semua mohon laporan harian", "*"),
    ("Bapak/Ibu pimpinan OPD sekalian mohon hadir", "*"),
    ("yth seluruh kepala OPD, camat dan lurah", "*"),
    ("Camat Lalabata koordinir lurahnya", "lalabata"),
    ("DLH, PUPR, dan Damkar turun ke lokasi kebakaran", "dlh pupr damkar"),
    ("Kepada Dinas Kesehatan agar mengirim ambulans ke Ganra", "kesehatan"),
    ("Bpk Kadis PUPR tlg dicek irigasi di Liliriaja", "pupr"),
    ("Bu Camat Ganra, laporan dari warga ttg banjir mohon dicek", "ganra"),
    ("Mohon seluruh jajaran OPD menyukseskan HUT", "*"),
    ("jangan lupa upacara hari senin seluruh ASN", "?"),
    ("siapkan pidato saya untuk besok", "?"),
    ("Disnaker tolong data pencaker", "?"),
    ("kadisnaker data pencaker", "?"),
    ("Kadis Perikanan cek TPI", "?"),
    ("Dinas Koperasi bina UMKM", "?"),
    ("Kepala Dinas Pendidikan, tolong cek SD 12 yang ambruk", "pendidikan"),
    ("kasek SD 12 segera lapor", "?"),
    ("kadis pertanian dan peternakan ke kantor saya", "pertanian peternakan"),
    ("Kadis Sosial serta Kaban BPBD, siapkan bantuan logistik", "sosial bpbd"),
    ("kadis sos siapkan beras", "sosial"),
    ("kadis dik cek sekolah", "pendidikan"),
    ("diskusi besok jam 9 di ruang rapat", "?"),
    ("disiplin ASN harus ditegakkan, BKPSDM sidak", "bkpsdm"),
    ("distribusi pupuk dipercepat", "?"),
    ("dinding sekolah retak, PU cek", "pupr"),
    ("Pak Camat, tolong warganya diingatkan", "?"),
    ("para Camat agar berkoordinasi dengan Kades masing2", "/subdistrict"),
    ("seluruh camat, lurah dan kepala desa pasang bendera", "/subdistrict /village"),
    ("semua SKPD wajib pasang bendera", "*"),
    ("Semua wajib hadir tanpa kecuali", "*"),
    ("kita semua harus waspada cuaca ekstrem", "*"),
    ("BPBD bersama Damkar siaga", "bpbd"),
    ("Satpol PP dibantu Dishub tertibkan parkir", "satpol"),
    ("tolong Satpol PP dibackup Dishub", "satpol"),
    ("Dinkes jangan tunggu perintah, langsung turun", "kesehatan"),
    ("Saya minta BKAD cairkan gaji honorer", "bkad"),
    ("saya perintahkan kadis PU memperbaiki jembatan", "pupr"),
    ("diperintahkan kepada seluruh camat untuk siaga", "/subdistrict"),
    ("Diminta kehadiran para kepala OPD", "*"),
    ("harap kehadiran bapak ibu kepala OPD besok", "*"),
    ("Khusus Camat Citta dan Camat Ganra, laporkan luas sawah kering", "citta ganra"),
    ("utk kecamatan Lilirilau & Liliriaja segera droping air bersih", "lilirilau liliriaja"),
    ("BPBD droping air ke kecamatan Lilirilau & Liliriaja", "bpbd"),
    ("BPBD droping air ke Lilirilau, Liliriaja dan Citta", "bpbd"),
    ("tim BPBD dan Dinsos ke Citta sekarang", "bpbd sosial"),
    ("Pemadam segera ke pasar", "damkar"),
    ("sesuai arahan Kementerian, Dinkes laporkan stunting", "kesehatan"),
    ("Rapat evaluasi dgn DLH diundur, PUPR siapkan bahan", "pupr"),
    ("undang BKAD dan Bappeda rapat besok", "?"),
    ("Kominfo tolong buatkan undangan utk seluruh OPD", "kominfo"),
    ("Bagian umum siapkan mobil utk tamu Dinas Pariwisata", "umum"),
    ("Bagian Hukum telaah draf dari DLH", "hukum"),
    ("Setiap OPD kirim 2 orang", "*"),
    ("tiap kecamatan kirim 1 regu", "/subdistrict"),
    ("masing-masing OPD kirim 2 orang", "*"),
    ("masing2 camat lapor kondisi", "/subdistrict"),
    ("OPD pengampu DAK segera input", "?"),
    ("kadis dan camat terkait rapat di ruang saya", "?"),
    ("Dinas PU dan dinas terkait lainnya turun", "pupr"),
    ("semua OPD kecuali RSUD dan Dinkes WFH", "* -rsud -kesehatan"),
    ("OPD selain Satpol dan Damkar WFH besok", "* -satpol -damkar"),
    ("seluruh puskesmas kecuali Takalala tutup", "pkm-salotungo"),
    ("Kelurahan Bila dan Ompo siapkan lokasi", "bila ompo"),
    ("Camat Ganra, Kades Congko dan Kapus Salotungo merapat ke posko", "ganra congko pkm-salotungo"),
    ("laporkan hasilnya ke Inspektorat", "?"),
    ("BKAD dan Inspektorat rekonsiliasi aset", "bkad inspektorat"),
    ("Inspektorat periksa dana desa Congko", "inspektorat"),
    ("pastikan dinas pendidikan menyalurkan BOS", "pendidikan"),
    ("Dinas pendidikan sudah harus menyalurkan BOS minggu ini", "pendidikan"),
    ("Camat yang belum lapor segera lapor", "/subdistrict"),
    ("Bagi camat yg blm lapor saya tunggu", "/subdistrict"),
    ("Perpustakaan buka sampai jam 9 malam", "?"),
    ("Semua pohon di jalan protokol dipangkas", "?"),
    ("Semua data dikirim hari ini", "?"),
    ("semua sampah tolong diangkut", "?"),
    ("seluruh jalan rusak ditambal PUPR", "pupr"),
    ("Tiap hari DLH siram taman", "dlh"),
    ("Kadis Pariwisata percepat revitalisasi Taman Kalong", "pariwisata"),
    ("mohon bantuan Satpol PP amankan lokasi", "satpol"),
    ("Bpk Camat Donri Donri segera evakuasi warga", "donri"),
    ("Ibu Kadinkes, stok vaksin dicek", "kesehatan"),
    ("seluruh kepala puskesmas dan RSUD siaga penuh", "/clinic rsud"),
    ("OPD yang belum setor LKPJ segera setor ke Bappeda", "*"),
    ("camat citta koordinasi dg dishub utk pengalihan arus", "citta"),
    ("DLH dan Kominfo, khusus DLH bawa truk", "dlh kominfo"),
    ("tim gabungan Satpol, Damkar, BPBD ke lokasi", "satpol damkar bpbd"),
    ("BPBD kirim perahu, Dinsos dapur umum, Dinkes posko", "bpbd sosial kesehatan"),
    ("Sekretariat Daerah siapkan surat edaran", "setda"),
    ("Laporkan ke saya sebelum jam 5 ya para camat", "/subdistrict"),
    ("Untuk seluruh OPD: besok apel pagi", "*"),
    ("Assalamualaikum. Seluruh kadis hadir rapat jam 9", "*"),
    ("PUPR kerja lembur malam ini", "pupr"),
    ("hari ini PUPR dan Perindag cek pasar", "pupr perindag"),
    ("Perindag cek harga beras di pasar Cabenge", "perindag"),
    ("kadis perindag cek harga", "perindag"),
    ("Dinas Penanaman Modal urus izin investor", "ptsp"),
    ("dispora siapkan lapangan", "?"),
    ("kepala inspektorat reviu laporan keuangan", "inspektorat"),
    ("BKAD belum cair juga? segera cairkan", "bkad"),
    ("kami minta Dinas Sosial data korban", "sosial"),
    ("camat Lalabata, lurah Bila dan lurah Ompo bersihkan kanal", "lalabata bila ompo"),
    ("Desa Congko lapor kondisi jalan", "congko"),
    ("seluruh desa kirim data BLT", "/village"),
    ("kecuali DLH, semua OPD libur", "* -dlh"),
    ("semua dinas wajib siaga, tidak terkecuali BPBD", "*"),
    ("Semua camat, tanpa kecuali, hadir", "/subdistrict"),
)
ENGLISH = (
    ("All department heads except Parks report by noon", "* -parks"),
    ("all department heads, please send your figures", "*"),
    ("everyone but Fire, join the call at 3", "* -fire"),
    ("Everybody except Fire and Police, stand down", "* -fire -police"),
    ("Everyone other than Health report in", "* -health"),
    ("All departments minus Finance file their plans", "* -finance"),
    ("all departments without Parks", "* -parks"),
    ("Apart from Parks, all departments report", "* -parks"),
    ("All wards except North send pictures", "/subdistrict -north"),
    ("All ward managers but Harbour please attend", "/subdistrict -harbour"),
    ("Ward managers, check your shelters", "/subdistrict"),
    ("ward managers of North and East clear the drains", "north east"),
    ("North, East and Harbour wards: clear the drains", "north east harbour"),
    ("North and Harbour wards, clear the drains", "north harbour"),
    ("Directors, please submit budgets", "*"),
    ("All directors submit budgets by Friday", "*"),
    ("Dept heads: budgets by Friday", "*"),
    ("Heads of department send me your rosters", "*"),
    ("DPW fill the potholes on Main Street", "works"),
    ("dpw please fill the potholes", "works"),
    ("Public Works, fill the potholes on Main Street", "works"),
    ("Dept of Public Works to close Bridge Road", "works"),
    ("DOT fix the lights at Elm and 3rd", "transport"),
    ("Transportation, fix the lights at Elm", "transport"),
    ("The Department of Transportation must fix the lights", "transport"),
    ("Police dept: patrol the market tonight", "police"),
    ("Police and Fire: patrol the market", "police fire"),
    ("Police, Fire and Health meet me at city hall", "police fire health"),
    ("Fire chief, inspect the warehouse", "fire"),
    ("Chief of Police, send two officers", "police"),
    ("Parks director please reopen the playground", "parks"),
    ("Director of Housing to visit the tenants", "housing"),
    ("Housing: visit the tenants", "housing"),
    ("Please, Housing, visit the tenants", "housing"),
    ("IT, reset the accounts", "it"),
    ("Water and Sewer, flush the lines on 5th", "water"),
    ("Water department flush the lines", "water"),
    ("Finance please release the funds", "finance"),
    ("City Manager please prepare the statement", "manager"),
    ("I read the report from Public Works. Parks, please follow up.", "parks"),
    ("Thanks Fire. Health, send an ambulance to the school", "health"),
    ("According to Police the road is clear, so Public Works can start: DPW, go ahead", "works"),
    ("The Housing report is fine. Finance: pay it out", "finance"),
    ("Relevant departments please respond", "?"),
    ("Departments concerned, please act", "?"),
    ("The departments involved should report back", "?"),
    ("All departments send their plans to Finance", "*"),
    ("Parks, work with Police on the fair", "parks"),
    ("Parks to coordinate with Police on the fair", "parks"),
    ("the water in the park is dirty, someone look at it", "?"),
    ("clear the fire exits today", "?"),
    ("keep the police informed", "?"),
    ("@Parks plant the trees", "parks"),
    ("Attention Fire and Rescue: hydrant leaking at Elm", "fire"),
    ("Hello Health, check the clinic in North", "health"),
    ("every department reports by five", "*"),
    ("Each ward sends one picture", "/subdistrict"),
    ("All units stand by", "*"),
    ("All, please stand by", "*"),
    ("Folks, send your reports", "*"),
    ("Public Works / Parks: clear the square", "works parks"),
    ("Public Works (cc Finance) order the salt", "works"),
    ("Ask Parks to mow the verge", "parks"),
    ("Tell Fire to check the hydrants", "fire"),
    ("Public Works and Water: shut the valve on Elm", "works water"),
    ("Have someone check the shelter", "?"),
    ("Police report: three cars towed. Public Works, clean up.", "works"),
    ("Fire, Police: stand down", "fire police"),
    ("Everyone except the wards, send a plan", "* -/subdistrict"),
    ("All wards: sandbags by noon", "/subdistrict"),
    ("all the ward managers please call in", "/subdistrict"),
    ("Harbour Ward, close the pier", "harbour"),
    ("Harbour: close the pier", "harbour"),
    ("Close the harbour pier", "?"),
    ("Would Parks please trim the hedge", "parks"),
    ("Can Public Works send a truck?", "works"),
    ("Finance and IT, renew the licences", "finance it"),
    ("it is late, IT please hurry", "it"),
    ("Police must patrol the school", "police"),
    ("Parks should reopen by Monday", "parks"),
    ("Finance will pay the contractors today", "finance"),
    ("Please all send your numbers", "*"),
    ("Everybody, numbers by noon", "*"),
    ("Every agency head is to attend", "*"),
    ("Remind Housing about the tenants", "?"),
    ("Parks has removed the tree; Public Works, haul it off", "works"),
    ("Dear Police, patrol the market", "police"),
    ("Health dept to inspect the kitchen", "health"),
    ("Transportation to reroute bus 9", "transport"),
    ("Department of Housing, inspect 14 Oak Street", "housing"),
    ("Departments other than Fire and Police may go home", "* -fire -police"),
    ("all but Fire go home", "* -fire"),
    ("Ward managers except East: report", "/subdistrict -east"),
    ("East and North wards exempt; all other wards report", "harbour"),
    ("The police chief is to report to me", "police"),
    ("copy Finance on everything, Housing", "housing"),
    ("Both Fire and Police respond to Elm", "fire police"),
    ("Fire/Police respond to Elm", "fire police"),
    ("1) Parks: mow 2) DPW: pave", "parks works"),
    ("Fire: two crews to Mill Lane, Health: one ambulance", "fire health"),
    ("Public Works and Parks, clear storm debris by noon", "works parks"),
    ("Wards, report outages", "/subdistrict"),
    ("All ward managers report outages to Public Works", "/subdistrict"),
    ("Finance, pay the invoice from Parks", "finance"),
    ("Housing and Health inspect the shelter", "housing health"),
    ("The Police Department will block Elm", "police"),
    ("Health must test the water today", "health"),
    ("East Ward: open the hall", "east"),
    ("City Manager, brief the council", "manager"),
    ("everyone stays home except Police and Fire", "* -police -fire"),
    ("Please all departments save water", "*"),
    ("DPW: salt the hill", "works"),
    ("Every ward but East opens its hall", "/subdistrict -east"),
    ("Parks & Water fix the fountain", "parks water"),
)
ASKED = {
    "id": (
        "Kenapa PU belum turun? segera!",
        "periksa SPPD dinas pariwisata, Inspektorat!",
        "Sekda koordinir seluruh OPD",
    ),
    "en": (
        "With help from Fire, Parks removes the tree",
        "We need Public Works at the dam now",
        "Send Parks and Police to the square",
        "Water leak at City Hall - Public Works respond",
        "Team, please stand by",
        "Have Public Works grit the hill",
        "Someone from Health go to East",
    ),
}
"""Orders that a colleague would understand and of which the rules say that they do not know whom they are for."""


def expected(whom: str, lang: str) -> set[str]:
    """The ids of the units that an expected answer means."""
    meant: set[str] = set()
    for part in whom.split():
        name = part.removeprefix("-")
        if name == "*":
            found = {unit.id for unit in UNITS[lang]}
        elif name.startswith("/"):
            found = {unit.id for unit in UNITS[lang] if unit.kind == name[1:]}
        else:
            found = {name} - {"?"}
        meant = meant - found if part.startswith("-") else meant | found
    return meant


def understood(text: str, lang: str) -> set[str]:
    """The ids of the units that are addressed."""
    return set(PLACES[lang].units_of(PLACES[lang].addressed(text)))


@pytest.mark.parametrize(("text", "whom"), INDONESIAN)
def test_indonesian_orders(text: str, whom: str) -> None:
    assert understood(text, "id") == expected(whom, "id")


@pytest.mark.parametrize(("text", "whom"), ENGLISH)
def test_english_orders(text: str, whom: str) -> None:
    assert understood(text, "en") == expected(whom, "en")


@pytest.mark.parametrize(("text", "lang"), [(text, lang) for lang, texts in ASKED.items() for text in texts])
def test_what_is_not_understood_addresses_nobody(text: str, lang: str) -> None:
    """Nobody gets a task by a guess: the one who gave the order is asked."""
    assert understood(text, lang) == set()


WORDS_LIKE_SHORT_NAMES = tuple(
    """
diskusi disiplin distribusi diskon dinding dinamis dingin disini disana disitu dispensasi dispenser
disuruh disampaikan disiapkan disiram disosialisasikan diserahkan dinaikkan dinilai dinyatakan
disegel dinasti kerja tanam tata data buka didik dagang hubungi urus rawat jaga bina guna atur ikut
lapor kirim tanamkan kabar kader diskors disesuaikan disebut disebutkan disita disumbang dinikmati
dinobatkan bagikan sosial hukum umum pangan modal sipil catatan hidup ruang desa
masyarakat wisata kebakaran pemuda keuangan aset
""".split()  # noqa: SIM905 - read as a text
)


@given(st.lists(st.sampled_from(WORDS_LIKE_SHORT_NAMES), min_size=1, max_size=6).map(" ".join))
def test_everyday_words_are_no_short_names(text: str) -> None:
    """Words that begin as short names do, or that are parts of one, address nobody.

    "Badan" and "bagian" are left out: before such a word they do name an office ("bagian hukum")."""
    assert understood(text, "id") == set()


def test_who_lies_in_an_area_is_what_the_roster_says() -> None:
    """ "Lurah se-kecamatan Lalabata" are the villages there, once the roster says which; until then it is asked."""
    areas = {"bila": "lalabata", "ompo": "lalabata", "congko": "ganra"}
    units = [structs.replace(unit, within=areas.get(unit.id, "")) for unit in REGENCY]
    told = Directory(units, {}, WORDS["id"])
    for text in (
        "lurah se-kec. Lalabata kerja bakti",
        "para lurah se kecamatan Lalabata merapat",
        "seluruh lurah di Kecamatan Lalabata kerja bakti",
    ):
        assert told.units_of(told.addressed(text)) == ("bila", "ompo")
    assert told.units_of(told.addressed("kades se-Kecamatan Ganra segera lapor")) == ("congko",)
    assert told.addressed("lurah se-kecamatan Citta kerja bakti").nobody
    assert understood("seluruh lurah di Kecamatan Lalabata kerja bakti", "id") == set()


def test_a_word_without_end_costs_nothing() -> None:
    """Whoever writes "kadis" and ten thousand letters does not keep the forum waiting."""
    began = time.perf_counter()
    assert understood("kadis" + "peken" * 4000, "id") == set()
    assert understood("kadis " + "peken" * 4000, "id") == set()
    assert time.perf_counter() - began < 1.0


@given(
    st.sampled_from([unit for unit in REGENCY if unit.name.startswith(("Dinas", "Badan"))]),
    st.sampled_from(["laporan {} sudah saya baca, camat harap turun", "banjir di kantor {}", "surat {} kemarin"]),
)
def test_who_is_only_spoken_of_is_not_addressed(unit: UnitName, form: str) -> None:
    assert understood(form.format(unit.name), "id") == set()
