package directorytest

// phrases are what names and descriptions of one language are made of. The places
// of a sentence are those of users, form of trafficking and technology.
type phrases struct {
	language                                             string
	first, ends, things, organisations, sentences, notes []string
}

// latinNames are words without a meaning.
var latinNames = []string{
	"Arvelo", "Belmira", "Cantora", "Delvia", "Esmora", "Faldine", "Gorana", "Halvia", "Istrella", "Jorvan", "Kelmora", "Lumara",
	"Mirvana", "Noreva", "Ostrena", "Pelvara", "Quirina", "Rovalda", "Selmira", "Tarvena", "Ulmeria", "Velstra", "Wendara", "Xilora",
	"Yelvana", "Zamora", "Brenvil", "Corvane", "Drelmar", "Elvora", "Fenmora", "Galdera", "Hestra", "Ilmena", "Jasmora", "Kirvana",
}

// speech returns the phrases of English, French, Spanish or Arabic, in this order.
func speech(i int) *phrases {
	switch i {
	case 1:
		return &phrases{
			"fr", latinNames,
			[]string{"Alerte", "Voix", "Carte", "Aide", "Suivi", "Droits"},
			[]string{"plateforme de signalement", "carte des services", "formation en ligne", "registre public", "ligne d’écoute", "base de données", "jeu éducatif", "guide du travailleur"},
			[]string{"Fondation", "Solidarité", "Université", "Réseau", "Droits humains", "SARL"},
			[]string{"Aide les %s à reconnaître : %s, au moyen de : %s.", "Service destiné aux %s. Forme visée : %s. Technique : %s.", "Conçu avec des %s contre : %s (%s)."},
			[]string{"gratuit pour les associations", "sur demande", "tarif selon la taille"},
		}
	case 2:
		return &phrases{
			"es", latinNames,
			[]string{"Alerta", "Voz", "Mapa", "Ayuda", "Ruta", "Derechos"},
			[]string{"plataforma de denuncia", "mapa de servicios", "curso en línea", "registro público", "línea de ayuda", "base de datos", "juego educativo", "guía del trabajador"},
			[]string{"Fundación", "Solidaridad", "Universidad", "Red", "Derechos Humanos", "S.A."},
			[]string{"Ayuda a %s a reconocer: %s, mediante: %s.", "Servicio para %s. Forma: %s. Técnica: %s.", "Creado con %s contra: %s (%s)."},
			[]string{"gratis para asociaciones", "previa solicitud", "precio según el tamaño"},
		}
	case 3:
		return &phrases{
			"ar",
			[]string{"أمل", "نور", "سند", "درب", "جسر", "رفيق", "مرساة", "نداء", "حماية", "كرامة", "ضياء", "سلام"},
			[]string{" بلس", " مباشر", " معك", " الآن"},
			[]string{"منصة البلاغات", "خريطة الخدمات", "الدورة الإلكترونية", "السجل العام", "خط المساعدة", "قاعدة البيانات", "اللعبة التعليمية", "دليل العامل"},
			[]string{"للتنمية", "للحقوق", "الجامعية", "للتضامن", "الخيرية"},
			[]string{"أداة تساعد %s على معرفة %s باستخدام %s.", "خدمة موجّهة إلى %s بشأن %s. التقنية: %s.", "صُممت مع %s لمكافحة %s (%s)."},
			[]string{"مجاني للجمعيات", "عند الطلب"},
		}
	}
	return &phrases{
		"en", latinNames,
		[]string{"Watch", "Voice", "Map", "Link", "Aid", "Guard", "Trace", "Check"},
		[]string{"reporting platform", "service map", "online course", "public register", "helpline", "data hub", "learning game", "worker guide", "risk index", "case manager", "screening kit", "supplier check"},
		[]string{"Foundation", "Alliance", "University", "Network", "Labs", "Ltd", "Rights Centre", "Coalition"},
		[]string{"Helps %s to notice %s by means of %s.", "A service for %s against %s, built on %s.", "Made with %s for work on %s (%s).", "Gives %s what they need to act on %s: %s."},
		[]string{"free to law enforcement", "on request", "members", "paid by companies"},
	}
}
