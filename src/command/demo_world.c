/* demo_world.c: posts in other languages than English; see demo_text.h. */
#include "command/demo_text.h"

/* clang-format off */

static const char *const arabic[] = {
	"صباح الخير يا أصدقاء ☕",
	"القهوة الأولى لي، والثانية للعمل، والثالثة للأصدقاء.",
	"قرأت {nn} صفحة قبل النوم ولم أشعر بالوقت.",
	"المطر على النافذة، وكوب شاي بالنعناع، ولا شيء آخر.",
	"اليوم طبخت جدتي المقلوبة. لا كلام بعد ذلك.",
	"مشيت {km} كم على الكورنيش، والبحر هادئ كأنه نائم.",
	"سألتني ابنتي: لماذا السماء زرقاء؟ بحثنا معًا وتعلمت أكثر منها.",
	"من يعرف كتابًا جيدًا للسفر؟ عندي قطار طويل غدًا.",
};
static const char *const bengali[] = {
	"শুভ সকাল। চা আর জানালার ধারে একটু রোদ।",
	"আজ {nn} পাতা পড়লাম। বইটা শেষ হোক চাই না।",
	"বৃষ্টি নামল, খিচুড়ি চড়ল।",
	"ট্রেনে জানালার পাশের সিট পেয়েছি, আজ আর কিছু চাই না।",
	"মায়ের হাতের রান্নার রেসিপি চাইলাম, উত্তর এল: আন্দাজমতো।",
};
static const char *const chinese[] = {
	"早上好，今天的豆浆特别香。",
	"下雨天，一本书，一壶茶，足够了。",
	"今天走了{nn}00步，腿在抗议，心情很好。",
	"地铁上有人在看我昨天刚读完的书，差点开口剧透。",
	"种的薄荷又活了，我宣布自己是园艺家。🌿",
	"第{n}次学做葱油饼，终于起层了！",
	"猫坐在键盘上，替我回了一封邮件。",
	"周末去爬山，山顶只有风和橘子的味道。",
};
static const char *const danish[] = {
	"Godmorgen fra cyklen. Modvind begge veje, som altid.",
	"Nogen har sat en stol ud på gaden med en seddel: “stadig god”. Det har de ret i.",
	"Rugbrød, leverpostej, solen på altanen. Så er det sommer.",
	"Har lige lært, at man kan bade i havnen {n} grader koldt. Man kan, men man skal ikke.",
	"Toget er {nn} minutter forsinket, og hele perronen er blevet venner.",
	"Kagen blev flad. Vi kalder den en tærte.",
	"Min mormor har fået mobiltelefon. Hun skriver kun med store bogstaver. HEJ SKAT.",
};
static const char *const finnish[] = {
	"Sauna, järvi, hiljaisuus. Siinä se.",
	"Ulkona {nn} astetta pakkasta ja naapuri grillaa.",
	"Kahvia kului tänään {n} kuppia, eikä yksikään ollut liikaa.",
	"Metsä oli täynnä mustikoita, ja nyt on pakastinkin.",
	"Bussi tuli ajoissa. Kukaan ei sanonut mitään, mutta kaikki huomasivat.",
};
static const char *const french[] = {
	"Bonjour tout le monde. Le croissant était encore chaud, je n'en demande pas plus. 🥐",
	"J'ai relu {nn} pages sans voir passer ma station.",
	"Il pleut, le chat me regarde comme si c'était ma faute.",
	"Au marché ce matin : trois melons, un bouquet, et toute l'histoire du fromager.",
	"Réunion de {n} heures pour décider de la date de la prochaine réunion.",
	"Le voisin du dessus apprend l'accordéon. Il progresse. Nous aussi, en patience.",
	"Petit bonheur du jour : une table au soleil et personne qui presse.",
	"Tarte aux prunes, deuxième essai. Celle-ci a une forme de tarte.",
};
static const char *const german[] = {
	"Guten Morgen. Der Kaffee ist fertig, ich noch nicht.",
	"Zug {nn} Minuten verspätet, aber im Abteil gibt es selbst gebackenen Kuchen. Alles gut.",
	"Im Keller {n} Kisten „Kabel, wichtig“ gefunden. Keines passt irgendwo.",
	"Heute im Wald nur Regen, ein Specht und ich. Mehr braucht es nicht.",
	"Die Nachbarin hat mir Zucchini geschenkt. Viele Zucchini. Hilfe.",
	"Sonntag: Brötchen, Zeitung, nichts.",
	"Mein Fahrrad quietscht im Dreivierteltakt.",
	"Habe heute gelernt, dass „gleich“ in jeder Familie eine andere Zeitspanne ist.",
};
static const char *const greek[] = {
	"Καλημέρα! Θάλασσα σαν λάδι σήμερα.",
	"Ένας καφές, δύο καρέκλες, {n} ώρες κουβέντα.",
	"Η γάτα της γειτονιάς αποφάσισε ότι μένει εδώ. Δεν με ρώτησε.",
	"Διάβασα {nn} σελίδες στο καράβι και ξέχασα να κατέβω.",
	"Ντομάτα, φέτα, ψωμί. Τέλος η συζήτηση.",
};
static const char *const hebrew[] = {
	"בוקר טוב! קפה ראשון, ואז נדבר.",
	"קראתי {nn} עמודים באוטובוס ופספסתי את התחנה.",
	"השכנה השאירה לי עוגה ליד הדלת, בלי פתק. יש עוד טוב בעולם.",
	"ים ב-{n} בבוקר: רק אני, שני דייגים וכלב אחד מאושר.",
	"יש לי {n} עציצים וכולם מסתכלים עליי בציפייה.",
};
static const char *const hindi[] = {
	"सुप्रभात! अदरक वाली चाय और खिड़की के पास की धूप।",
	"आज {km} किलोमीटर पैदल चला, और रास्ते में {n} कुत्तों से दोस्ती हुई।",
	"माँ से रेसिपी पूछी, जवाब मिला: अंदाज़े से।",
	"बारिश, पकौड़े, पुराने गाने। शाम पूरी हो गई।",
	"किताब के {nn} पन्ने बाकी हैं और मैं धीरे पढ़ रहा हूँ, ताकि ख़त्म न हो।",
	"ट्रेन लेट है, पर बगल वाले अंकल की कहानियाँ नहीं।",
};
static const char *const italian[] = {
	"Buongiorno. Il caffè oggi è venuto perfetto e non so perché.",
	"La nonna dice che la pasta si butta quando parla lei, non quando bolle l'acqua.",
	"Treno in ritardo di {nn} minuti; nel frattempo ho finito il libro e fatto {n} amici.",
	"Ho comprato il basilico. È già triste. Che cosa gli ho fatto?",
	"Prima nuotata dell'anno. Urlo compreso nel prezzo. 🌊",
	"Il vicino prova il trombone alle otto. Di domenica. Con passione.",
};
static const char *const japanese[] = {
	"おはようございます。今朝は富士山がきれいに見えました。",
	"雨の日は、本とお茶と猫。それだけでいい。",
	"{n}回目の挑戦で、ようやく卵焼きがきれいに巻けた！",
	"電車で隣の人が、私の好きな本を読んでいた。心の中で握手。",
	"今日は{km}キロ走りました。最後の坂がつらかった…",
	"ベランダのミニトマト、{nn}個目を収穫。🍅",
	"銭湯の帰り道、風がちょうどいい。",
	"締め切りと桜は、待ってくれない。",
};
static const char *const korean[] = {
	"좋은 아침입니다. 커피부터 마시고 시작합시다.",
	"비 오는 날엔 역시 파전이지.",
	"오늘 {km}km 뛰었다. 내일의 나, 미안해.",
	"버스에서 {nn}쪽을 읽다가 내릴 곳을 지나쳤다.",
	"엄마의 레시피: 적당히, 조금, 느낌대로.",
	"고양이가 택배 상자를 또 차지했다. 안에 든 건 관심 없음.",
};
static const char *const persian[] = {
	"صبح بخیر. چای تازه‌دم و نان گرم.",
	"امروز {nn} صفحه خواندم و هنوز دلم می‌خواهد ادامه بدهم.",
	"باران می‌آید و بوی خاک همه‌جا را گرفته.",
	"مادربزرگم می‌گوید زعفران را باید با حوصله سایید. همه‌چیز را.",
	"شب، پنجرهٔ باز، صدای سه‌تار از خانهٔ همسایه.",
};
static const char *const polish[] = {
	"Dzień dobry. Kawa, okno, cisza. Na razie nikt nic nie chce.",
	"Pociąg spóźniony o {nn} min, ale pani w przedziale częstuje szarlotką.",
	"Zebrałam {n} kilo grzybów i wszystkie mają imiona.",
	"Babcia mówi, że pierogów się nie liczy. Policzyłem. {nn}.",
	"Mgła nad Wisłą, tramwaj dzwoni, można żyć.",
	"Kot ogląda pralkę. Twierdzi, że to serial.",
};
static const char *const portuguese[] = {
	"Bom dia! Café na varanda e o bairro ainda a dormir.",
	"Perdi o autocarro por {n} segundos e ganhei um pastel de nata. Compensa.",
	"Hoje corri {km} km à beira-rio. As gaivotas não ficaram impressionadas.",
	"A minha avó ligou só para dizer que está sol. Está mesmo.",
	"Domingo: feijão no fogo, rádio ligado, porta aberta.",
	"Li {nn} páginas de pé no metro. Bom sinal.",
};
static const char *const russian[] = {
	"Доброе утро. Чайник шумит, кот требует справедливости.",
	"Дочитала до {nn}-й страницы и проехала свою станцию.",
	"Первый снег! Вышел на пять минут, вернулся через два часа.",
	"Бабушкин рецепт: муки столько, сколько возьмёт тесто.",
	"Собрали {nn} кг огурцов. Каждый с характером.",
	"Электричка, окно, поле, поле, собака, поле.",
};
static const char *const spanish[] = {
	"Buenos días. Hoy el café ha decidido salir bien.",
	"Caminé {km} km para no coger el autobús y llegué antes que él.",
	"En el mercado me han regalado perejil. Ya soy del barrio.",
	"Mi abuela dice que la paella no se remueve. No se discute, tampoco.",
	"Llevo {nn} páginas y ya quiero a todos los personajes, incluso al malo.",
	"Domingo de lluvia: películas, manta y nada de culpa. 🍿",
	"El perro ha aprendido a abrir la nevera. Estamos orgullosos y sin queso.",
	"Se fue la luz y salimos todos al balcón. ¿Por qué no lo hacemos más?",
};
static const char *const swahili[] = {
	"Habari za asubuhi! Chai ya tangawizi na mandazi moto.",
	"Leo nimetembea kilomita {km} ufukweni. Bahari ilikuwa shwari.",
	"Mvua imenyesha, shamba linacheka.",
	"Dada yangu anasema wali wangu ni bora mtaani. Sipingi.",
	"Daladala imejaa, lakini muziki ni mzuri.",
};
static const char *const tamil[] = {
	"காலை வணக்கம்! சூடான ஃபில்டர் காபி, அமைதியான தெரு.",
	"இன்று {nn} பக்கங்கள் படித்தேன், இன்னும் நிறுத்த மனமில்லை.",
	"மழை, பஜ்ஜி, பழைய பாடல்கள். வேறென்ன வேண்டும்?",
	"பாட்டியின் சமையல் குறிப்பு: கண் அளவு, கை மணம்.",
};
static const char *const thai[] = {
	"อรุณสวัสดิ์ครับ กาแฟแก้วแรกของวัน ☕",
	"ฝนตกอีกแล้ว แมวนอนบนแป้นพิมพ์ งานเลยไม่เดิน",
	"วันนี้วิ่งได้ {km} กิโล ขาสั่นแต่ใจสู้",
	"ก๋วยเตี๋ยวร้านหน้าปากซอยยังอร่อยเหมือนเดิม",
	"อ่านหนังสือไป {nn} หน้า ลืมลงรถไฟฟ้า",
};
static const char *const turkish[] = {
	"Günaydın! Çay demlendi, simit sıcak.",
	"Vapurda çay, martılar, {nn} dakika huzur.",
	"Bugün {km} km yürüdüm, kediler eşlik etti.",
	"Annem “göz kararı” dedi, yine tutturamadım.",
	"Komşu kapıya bir tabak aşure bırakmış. Tabağı boş vermek olmaz, şimdi ben düşünüyorum.",
	"Yağmur, cam kenarı, eski bir plak.",
};
static const char *const ukrainian[] = {
	"Доброго ранку! Кава, вікно, перше сонце.",
	"Дочитала до {nn}-ї сторінки і забула про борщ. Борщ пробачив.",
	"Усі соняшники на городі дивляться просто на мене, а їх {nn}. 🌻",
	"Трамвай запізнився, зате водійка співала.",
	"Бабуся каже: тісто любить тишу. Мовчу вже {nn} хв.",
};
static const char *const vietnamese[] = {
	"Chào buổi sáng! Cà phê sữa đá và một góc phố yên tĩnh.",
	"Hôm nay chạy được {km} km, thưởng cho mình một tô phở.",
	"Mưa rồi, cả nhà ngồi nghe tiếng mưa trên mái tôn.",
	"Đọc {nn} trang sách trên xe buýt rồi đi quá bến.",
	"Bà nội bảo nêm cho vừa miệng. Miệng ai, bà không nói.",
};

static const struct demo_texts texts[TOPIC_COUNT] = {
	[TOPIC_ARABIC] = DEMO_TEXTS(arabic),         [TOPIC_BENGALI] = DEMO_TEXTS(bengali),
	[TOPIC_CHINESE] = DEMO_TEXTS(chinese),       [TOPIC_DANISH] = DEMO_TEXTS(danish),
	[TOPIC_FINNISH] = DEMO_TEXTS(finnish),       [TOPIC_FRENCH] = DEMO_TEXTS(french),
	[TOPIC_GERMAN] = DEMO_TEXTS(german),         [TOPIC_GREEK] = DEMO_TEXTS(greek),
	[TOPIC_HEBREW] = DEMO_TEXTS(hebrew),         [TOPIC_HINDI] = DEMO_TEXTS(hindi),
	[TOPIC_ITALIAN] = DEMO_TEXTS(italian),       [TOPIC_JAPANESE] = DEMO_TEXTS(japanese),
	[TOPIC_KOREAN] = DEMO_TEXTS(korean),         [TOPIC_PERSIAN] = DEMO_TEXTS(persian),
	[TOPIC_POLISH] = DEMO_TEXTS(polish),         [TOPIC_PORTUGUESE] = DEMO_TEXTS(portuguese),
	[TOPIC_RUSSIAN] = DEMO_TEXTS(russian),       [TOPIC_SPANISH] = DEMO_TEXTS(spanish),
	[TOPIC_SWAHILI] = DEMO_TEXTS(swahili),       [TOPIC_TAMIL] = DEMO_TEXTS(tamil),
	[TOPIC_THAI] = DEMO_TEXTS(thai),             [TOPIC_TURKISH] = DEMO_TEXTS(turkish),
	[TOPIC_UKRAINIAN] = DEMO_TEXTS(ukrainian),   [TOPIC_VIETNAMESE] = DEMO_TEXTS(vietnamese),
};

/* clang-format on */

struct demo_texts demo_world(enum demo_topic topic)
{
	return texts[topic];
}
