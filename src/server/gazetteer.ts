/** A place and where it is, in degrees. */
export interface Place {
  readonly name: string
  readonly latitude: number
  readonly longitude: number
}

/** Name, latitude, longitude: enough places for look-ups that are sometimes right. */
const ROWS = `
Amsterdam 52.37 4.90|Ankara 39.93 32.86|Athens 37.98 23.73|Atlanta 33.75 -84.39|Auckland -36.85 174.76|Baghdad 33.31 44.37
Bangkok 13.76 100.50|Barcelona 41.39 2.17|Beijing 39.90 116.41|Beirut 33.89 35.50|Belgrade 44.79 20.45|Berlin 52.52 13.41
Bogota 4.71 -74.07|Boston 42.36 -71.06|Bratislava 48.15 17.11|Brisbane -27.47 153.03|Brussels 50.85 4.35|Bucharest 44.43 26.10
Budapest 47.50 19.04|Buenos Aires -34.60 -58.38|Cairo 30.04 31.24|Cape Town -33.92 18.42|Caracas 10.48 -66.90|Casablanca 33.57 -7.59
Chicago 41.88 -87.63|Cologne 50.94 6.96|Copenhagen 55.68 12.57|Dakar 14.72 -17.47|Dallas 32.78 -96.80|Delhi 28.61 77.21
Denver 39.74 -104.99|Detroit 42.33 -83.05|Dubai 25.20 55.27|Dublin 53.35 -6.26|Edinburgh 55.95 -3.19|Florence 43.77 11.26
Geneva 46.20 6.14|Glasgow 55.86 -4.25|Hamburg 53.55 9.99|Hanoi 21.03 105.85|Havana 23.11 -82.37|Helsinki 60.17 24.94
Hong Kong 22.32 114.17|Honolulu 21.31 -157.86|Houston 29.76 -95.37|Istanbul 41.01 28.98|Jakarta -6.21 106.85|Jerusalem 31.77 35.21
Johannesburg -26.20 28.05|Kampala 0.35 32.58|Karachi 24.86 67.01|Kathmandu 27.72 85.32|Kyiv 50.45 30.52|Kyoto 35.01 135.77
Lagos 6.52 3.38|Lima -12.05 -77.04|Lisbon 38.72 -9.14|Ljubljana 46.06 14.51|London 51.51 -0.13|Los Angeles 34.05 -118.24
Luxembourg 49.61 6.13|Lyon 45.76 4.84|Madrid 40.42 -3.70|Manchester 53.48 -2.24|Manila 14.60 120.98|Marseille 43.30 5.37
Melbourne -37.81 144.96|Mexico City 19.43 -99.13|Miami 25.76 -80.19|Milan 45.46 9.19|Minneapolis 44.98 -93.27|Montevideo -34.90 -56.16
Montreal 45.50 -73.57|Moscow 55.76 37.62|Mumbai 19.08 72.88|Munich 48.14 11.58|Nairobi -1.29 36.82|Naples 40.85 14.27
New Orleans 29.95 -90.07|New York 40.71 -74.01|Nice 43.71 7.26|Osaka 34.69 135.50|Oslo 59.91 10.75|Ottawa 45.42 -75.70
Palermo 38.12 13.36|Paris 48.86 2.35|Perth -31.95 115.86|Philadelphia 39.95 -75.17|Phoenix 33.45 -112.07|Portland 45.52 -122.68
Porto 41.16 -8.63|Prague 50.08 14.44|Quito -0.18 -78.47|Reykjavik 64.15 -21.94|Riga 56.95 24.11|Rio de Janeiro -22.91 -43.17
Rome 41.90 12.50|Rotterdam 51.92 4.48|San Diego 32.72 -117.16|San Francisco 37.77 -122.42|Santiago -33.45 -70.67|Sao Paulo -23.55 -46.63
Sarajevo 43.86 18.41|Seattle 47.61 -122.33|Seoul 37.57 126.98|Seville 37.39 -5.98|Shanghai 31.23 121.47|Singapore 1.35 103.82
Sofia 42.70 23.32|Stockholm 59.33 18.07|Stuttgart 48.78 9.18|Sydney -33.87 151.21|Taipei 25.03 121.57|Tallinn 59.44 24.75
Tashkent 41.30 69.24|Tbilisi 41.72 44.83|Tokyo 35.68 139.69|Toronto 43.65 -79.38|Tunis 36.81 10.18|Turin 45.07 7.69
Valencia 39.47 -0.38|Vancouver 49.28 -123.12|Venice 45.44 12.32|Vienna 48.21 16.37|Vilnius 54.69 25.28|Warsaw 52.23 21.01
Washington 38.91 -77.04|Wellington -41.29 174.78|Zagreb 45.82 15.98|Zurich 47.38 8.54`

/** The cities that the server knows. */
export const GAZETTEER: readonly Place[] = ROWS.trim()
  .split(/[|\n]/)
  .map((row) => {
    const fields = row.split(' ')
    const [longitude, latitude] = [Number(fields.pop()), Number(fields.pop())]
    return { name: fields.join(' '), latitude, longitude }
  })
